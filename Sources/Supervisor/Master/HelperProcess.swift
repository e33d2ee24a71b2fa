internal import Linux

/// A child that is no worker: all that is wanted of it is its end.
final class HelperProcess {
    private let keep: WorkerProcess?
    private let own: ProcessBox?

    /// A worker that nobody wants any more and that was killed.
    init(adopting worker: WorkerProcess) {
        keep = worker
        own = nil
    }

    /// A program started for a task of its own.
    init(_ request: SpawnRequest) throws(SystemError) {
        keep = nil
        own = ProcessBox(try ProcessDescriptor(pid: try spawn(request)))
    }

    /// The descriptor's number, lent, for epoll.
    var number: CInt { keep?.process.number ?? own?.process.number ?? -1 }

    /// Whether it has ended; then it has been reaped.
    func reap() -> Bool {
        if let keep { return ((try? keep.process.reap()) ?? nil) != nil }
        if let own { return ((try? own.process.reap()) ?? nil) != nil }
        return true
    }
}

/// A process descriptor that stands in a collection.
final class ProcessBox {
    let process: ProcessDescriptor
    init(_ process: consuming ProcessDescriptor) { self.process = process }
}
