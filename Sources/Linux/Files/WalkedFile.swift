import Glibc

/// What lies at the end of a path that was walked directory by directory, with nothing opened for reading yet. No link was
/// on the way, so what was seen on it is what leads there, whatever others rename meanwhile. It owns its descriptor.
package struct WalkedFile: ~Copyable {
    /// The path, absolute and without links.
    package let path: String
    /// The directories on the way, the root directory first.
    package let way: [FileStatus]
    /// The attributes of the file at the end of the path.
    package let status: FileStatus
    private let place: FileDescriptor

    /// Walks to `path`, which is absolute and has no ".", ".." and links in it (see ``Files/realPath(_:)``); a link that
    /// is there by now is ELOOP. The corresponding C function is `openat` with O_PATH and O_NOFOLLOW.
    package init(_ path: String) throws(SystemError) {
        let flags = Files.pathOnly | O_NOFOLLOW | O_CLOEXEC
        var place = FileDescriptor(owning: try system("open", "/") { unsafe Glibc.open("/", flags) })
        var status = try place.status()
        var way: [FileStatus] = []
        for name in path.split(separator: "/").map(String.init) {
            way.append(status)
            let directory = place.number
            let next = FileDescriptor(
                owning: try system("openat", path) { unsafe openat(directory, name, flags) })
            status = try next.status()
            guard status.kind != .link else { throw SystemError(call: "openat", errno: .loop, subject: path) }
            place = next
        }
        self.path = path
        self.way = way
        self.status = status
        self.place = place
    }

    /// Opens it for reading when it is a regular file; a directory is EISDIR, anything else `Errno.notAFile`. The
    /// corresponding C function is `open`, of /proc/self/fd.
    package borrowing func opened() throws(SystemError) -> FileDescriptor {
        switch status.kind {
        case .file: break
        case .directory: throw SystemError(call: "read", errno: .isADirectory, subject: path)
        case .link, .socket, .other: throw SystemError(call: "read", errno: .notAFile, subject: path)
        }
        let number = place.number
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let shown = path
        return FileDescriptor(
            owning: try system("open", shown) { unsafe Glibc.open("/proc/self/fd/\(number)", flags) })
    }

    /// The whole content, for a regular file of at most `limit` bytes; else EFBIG.
    package borrowing func content(limit: Int) throws(SystemError) -> [UInt8] {
        let file = try opened()
        let bytes = try file.read(at: 0, count: limit + 1)
        guard bytes.count <= limit else { throw SystemError(call: "read", errno: .fileTooLarge, subject: path) }
        return bytes
    }
}
