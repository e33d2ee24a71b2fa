internal import Linux

/// What others than this user and root hold of a file or directory, by its owner and its permission bits.
struct OthersHold {
    private let status: FileStatus

    /// Nil: they hold nothing of it, or it is not there.
    init?(of path: String) {
        guard let status = try? Files.status(path),
            status.mode & 0o022 != 0 || ![0, ThisProcess.uid].contains(status.uid)
        else { return nil }
        self.status = status
    }

    /// As it stands behind the path.
    var words: String {
        "may be written to by others than you and root (owner \(status.uid), mode "
            + "\(String(status.mode & 0o7777, radix: 8)))"
    }
}
