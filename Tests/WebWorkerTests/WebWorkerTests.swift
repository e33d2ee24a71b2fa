// WebWorkerTests
