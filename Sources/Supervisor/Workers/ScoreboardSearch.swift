internal import Handoff
internal import Linux

/// The search for a worker's scoreboard by a master that did not start the worker. The file lies in memory, and only the
/// worker still has it.
enum ScoreboardSearch {
    /// Beyond these numbers nobody looks: the worker got it right behind its lanes.
    private static let numbers: Range<CInt> = 3..<259

    /// The worker's scoreboard; nil when it has closed it, or may not be asked: then its counters are not seen.
    ///
    /// - Parameter path: where a master of an earlier version had put it.
    static func board(
        of pid: Int32, _ process: borrowing ProcessDescriptor, earlier path: String
    ) -> FileDescriptorBox? {
        if let file = try? Files.open(path) { return FileDescriptorBox(file) }
        for number in numbers {
            let link = "/proc/\(pid)/fd/\(number)"
            guard let name = try? Files.readLink(link), name.hasPrefix("/memfd:\(Scoreboard.memoryName)"),
                let file = file(number, link, process), isBoard(file)
            else { continue }
            return FileDescriptorBox(file)
        }
        return nil
    }

    /// The very descriptor, taken from the process. Only who is not root opens it by its name instead, where tracing is
    /// forbidden (ptrace_scope): what root opens for a worker, root has opened.
    private static func file(
        _ number: CInt, _ link: String, _ process: borrowing ProcessDescriptor
    ) -> FileDescriptor? {
        if let taken = try? process.takeDescriptor(number) { return taken }
        return ThisProcess.uid == 0 ? nil : try? Files.open(link)
    }

    /// The file is the scoreboard that its name promises.
    private static func isBoard(_ file: borrowing FileDescriptor) -> Bool {
        guard file.isSealedMemory(), let status = try? file.status() else { return false }
        return status.kind == .file && status.size == Scoreboard.byteCount
    }
}

extension FileDescriptorBox {
    /// The counters in the file; nil if the worker does not count.
    func counters() -> ScoreboardSnapshot? {
        withFile { (file) in (try? ScoreboardSnapshot(reading: file)) ?? nil }
    }
}
