// WebWorker
