/// The thread on which a plain handler runs.
public enum HandlerKind: Sendable {
    /// It waits for nothing, and runs on the worker's one loop, which serves nobody else meanwhile.
    case immediate
    /// It may wait for a file, a database, anything that blocks its thread: it runs on one of a pool
    /// (`Configuration.maxBlockingHandlers`).
    case blocking
}
