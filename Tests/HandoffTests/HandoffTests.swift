// HandoffTests
