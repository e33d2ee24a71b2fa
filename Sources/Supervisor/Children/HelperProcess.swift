internal import Linux

/// A child that is no worker: all that is wanted of it is its end.
final class HelperProcess {
    private enum Own {
        case worker(WorkerProcess)
        case trial(Trial)
        case process(ProcessBox)
    }

    private let own: Own
    /// The helper's output, read once it has ended; nil if nobody wants it.
    var report: DescriptorBox?

    /// A worker that nobody wants any more and that was killed.
    init(adopting worker: WorkerProcess) { own = .worker(worker) }

    /// A trial that was ended.
    init(adopting trial: Trial) { own = .trial(trial) }

    /// A child that was killed.
    init(adopting process: ProcessBox) { own = .process(process) }

    /// A program started for a task of its own.
    init(_ request: SpawnRequest) throws(SystemError) {
        own = .process(ProcessBox(try ProcessDescriptor(pid: try spawn(request))))
    }

    /// A child that this process had before it became this program.
    init(pid: Int32) throws(SystemError) { own = .process(ProcessBox(try ProcessDescriptor(pid: pid))) }

    var pid: Int32 {
        switch own {
        case .worker(let worker): worker.pid
        case .trial(let trial): trial.pid
        case .process(let box): box.process.pid
        }
    }

    /// The descriptor's number, lent, for epoll.
    var number: CInt {
        switch own {
        case .worker(let worker): worker.process.number
        case .trial(let trial): trial.numbers.process
        case .process(let box): box.process.number
        }
    }

    /// Reaps the helper if it has ended.
    func reap() -> Bool {
        switch own {
        case .worker(let worker): ((try? worker.process.reap()) ?? nil) != nil
        case .trial(let trial): trial.reap()
        case .process(let box): ((try? box.process.reap()) ?? nil) != nil
        }
    }
}

/// A process descriptor that stands in a collection.
final class ProcessBox {
    let process: ProcessDescriptor
    init(_ process: consuming ProcessDescriptor) { self.process = process }
}

/// A descriptor that stands in a class.
final class DescriptorBox {
    let file: FileDescriptor
    init(_ file: consuming FileDescriptor) { self.file = file }
}
