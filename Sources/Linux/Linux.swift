/// System calls as Swift.
