// StrictLoadTests
