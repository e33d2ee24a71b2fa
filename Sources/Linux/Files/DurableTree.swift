/// A directory with all that is below it, on its way to the disk. Source: sync_file_range(2), fsync(2).
package enum DurableTree {
    /// Waits until the disk has a directory with all files and directories below it, whatever others write meanwhile to the same
    /// file system. Links are not followed: their directory has them. The corresponding C functions are `sync_file_range` and
    /// `fsync`.
    package static func synchronize(_ path: String) throws(SystemError) {
        var directories = [path]
        var files: [String] = []
        var next = 0
        while next < directories.count {
            let directory = directories[next]
            next += 1
            for name in try Files.list(directory) {
                let place = "\(directory)/\(name)"
                switch try Files.status(place, followingLinks: false).kind {
                case .directory: directories.append(place)
                case .file: files.append(place)
                case .link, .socket, .other: break
                }
            }
        }
        // All are on their way before the first is waited for: the disk has them in one go.
        for file in files { try with(file) { (file) throws(SystemError) in try file.beginSynchronizing() } }
        for file in files { try with(file) { (file) throws(SystemError) in try file.synchronize() } }
        for directory in directories.reversed() { try Files.synchronizeDirectory(directory) }
    }

    /// (A file that its own owner may not read goes to the disk in its time.)
    private static func with(
        _ path: String, _ body: (borrowing FileDescriptor) throws(SystemError) -> Void
    ) throws(SystemError) {
        do {
            try Files.open(path).named(path, body)
        } catch {
            if error.errno != .permissionDenied { throw error }
        }
    }
}
