import CLinux
import Glibc

/// Files by name. Each function blocks for as long as the file system does, and for nobody else: a pipe without a writer or
/// a device in a file's place is an error (`Errno.notAFile`) or, opened only, does not block.
package enum Files {
    /// Opens for reading, whatever it is. The corresponding C function is `open`, with O_NONBLOCK and O_NOCTTY.
    package static func open(_ path: String) throws(SystemError) -> FileDescriptor {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        return FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, flags) })
    }

    /// The input of a process that gets none: /dev/null. It blocks, as programs expect of their standard streams, and some
    /// insist on.
    ///
    /// - Parameter forOutput: it is the output of one whose words nobody keeps.
    package static func openNull(forOutput: Bool = false) throws(SystemError) -> FileDescriptor {
        let flags = (forOutput ? O_WRONLY : O_RDONLY) | O_CLOEXEC
        return FileDescriptor(owning: try system("open", "/dev/null") { unsafe Glibc.open("/dev/null", flags) })
    }

    /// Opens for writing at the end, and makes the file with `mode` where there is none; what is no regular file is
    /// refused.
    package static func openForAppending(_ path: String, mode: UInt32 = 0o640) throws(SystemError) -> FileDescriptor {
        try openRegular(path, O_RDWR | O_APPEND | O_CREAT, mode)
    }

    /// The same for whatever is there: a pipe, too. What is written may block.
    package static func openStreamForAppending(
        _ path: String, mode: UInt32 = 0o640
    ) throws(SystemError) -> FileDescriptor {
        let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        return FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, flags, mode) })
    }

    /// Makes an empty file, or empties the one that is there, for reading and writing; a link, and what is no regular
    /// file, is refused.
    package static func create(_ path: String, mode: UInt32 = 0o600) throws(SystemError) -> FileDescriptor {
        let file = try openRegular(path, O_RDWR | O_CREAT, mode)
        try file.truncate(to: 0)
        return file
    }

    private static func openRegular(_ path: String, _ flags: CInt, _ mode: UInt32) throws(SystemError) -> FileDescriptor
    {
        let all = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let file = FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, all, mode) })
        guard try file.status().kind == .file else { throw SystemError(call: "open", errno: .notAFile, subject: path) }
        try file.setNonBlocking(false)
        return file
    }

    /// Opens a regular file for reading; a directory is EISDIR, anything else `Errno.notAFile`.
    private static func openToRead(_ path: String) throws(SystemError) -> FileDescriptor {
        let file = try open(path)
        switch try file.status().kind {
        case .file: return file
        case .directory: throw SystemError(call: "read", errno: .isADirectory, subject: path)
        case .link, .socket, .other: throw SystemError(call: "read", errno: .notAFile, subject: path)
        }
    }

    /// The whole content of a regular file, when it is at most `limit` bytes; else EFBIG.
    package static func read(_ path: String, limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        let file = try openToRead(path)
        var content: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65536)
        while true {
            guard
                case .bytes(let count) = try file.named(
                    path, { (file) throws(SystemError) in try file.read(into: &part) }),
                count > 0
            else { return content }
            content += part.prefix(count)
            if content.count > limit { throw SystemError(call: "read", errno: Errno(rawValue: EFBIG), subject: path) }
        }
    }

    /// Up to `count` bytes from the beginning of a regular file. Whatever else it is by now is not waited for.
    package static func head(_ path: String, count: Int) throws(SystemError) -> [UInt8] {
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let file = FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, flags) })
        return try file.named(path) { (file) throws(SystemError) in try file.read(at: 0, count: count) }
    }

    /// Up to `count` bytes from the end of the file, for a last look at a log.
    package static func tail(_ path: String, count: Int) throws(SystemError) -> [UInt8] {
        let file = try openToRead(path)
        return try file.named(path) { (file) throws(SystemError) in
            let size = try file.status().size
            return try file.read(at: max(0, size - count), count: min(size, count))
        }
    }

    /// The absolute path without links, "." and "..". The corresponding C function is `realpath`.
    package static func realPath(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else {
            throw SystemError(call: "realpath", errno: Errno.current, subject: path)
        }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Opens a directory; a link is refused. The corresponding C function is `open`.
    package static func openDirectory(_ path: String) throws(SystemError) -> FileDescriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, flags) })
    }

    /// The names in a directory, without "." and "..", sorted. The corresponding C function is `readdir`.
    package static func list(_ path: String) throws(SystemError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            throw SystemError(call: "opendir", errno: Errno.current, subject: path)
        }
        defer { unsafe closedir(directory) }
        return try unsafe names(in: directory, path).sorted()
    }

    /// Makes a directory, and those above it that are missing; one that is there stays as it is. The corresponding C
    /// function is `mkdir`.
    package static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        if kind(path) == .directory { return }
        let parent = directory(of: path)
        if parent != path { try makeDirectory(parent, mode: mode) }
        switch uninterrupted({ unsafe mkdir(path, mode) }) {
        case .success: return
        case .failure(.exists) where kind(path) == .directory: return
        case .failure(let errno): throw SystemError(call: "mkdir", errno: errno, subject: path)
        }
    }

    /// Takes an empty directory away; one with anything in it stays, and is an error. The corresponding C function is
    /// `rmdir`.
    package static func removeEmptyDirectory(_ path: String) throws(SystemError) {
        _ = try system("rmdir", path) { unsafe rmdir(path) }
    }

    /// The target of a symbolic link, as written. The corresponding C function is `readlink`.
    package static func readLink(_ path: String) throws(SystemError) -> String {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = try system("readlink", path) {
            unsafe room.withUnsafeMutableBytes {
                guard let base = $0.baseAddress else { return 0 }
                return unsafe readlink(path, base.assumingMemoryBound(to: CChar.self), $0.count)
            }
        }
        return String(decoding: room.prefix(count), as: UTF8.self)
    }

    /// The path less its last part; "." for a bare name.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The working directory. The corresponding C function is `getcwd`.
    package static func workingDirectory() throws(SystemError) -> String { try realPath(".") }
}
