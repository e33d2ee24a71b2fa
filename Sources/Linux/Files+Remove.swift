import CLinux
import Glibc

extension Files {
    /// Takes a name away; one that is not there is no error. The corresponding C function is `unlink`.
    package static func unlink(_ path: String) throws(SystemError) {
        switch uninterrupted({ unsafe Glibc.unlink(path) }) {
        case .success, .failure(.notFound): return
        case .failure(let errno): throw SystemError(call: "unlink", errno: errno, subject: path)
        }
    }

    /// Takes a directory away with all that is in it, or a file; what is not there is no error. Links are taken away,
    /// never followed, not even one that somebody puts in a directory's place meanwhile: each directory is opened
    /// without following and emptied by its descriptor. The corresponding C function is `unlinkat`.
    package static func removeTree(_ path: String) throws(SystemError) { try remove(path, in: AT_FDCWD, path) }

    private static func remove(_ name: String, in parent: CInt, _ path: String) throws(SystemError) {
        switch uninterrupted({ unsafe unlinkat(parent, name, 0) }) {
        case .success, .failure(.notFound): return
        case .failure(.isADirectory): break
        case .failure(let errno): throw SystemError(call: "unlink", errno: errno, subject: path)
        }
        try empty(name, in: parent, path)
        switch uninterrupted({ unsafe unlinkat(parent, name, AT_REMOVEDIR) }) {
        case .success, .failure(.notFound): return
        case .failure(let errno): throw SystemError(call: "rmdir", errno: errno, subject: path)
        }
    }

    private static func empty(_ name: String, in parent: CInt, _ path: String) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let number = try system("open", path) { unsafe openat(parent, name, flags) }
        guard let directory = unsafe fdopendir(number) else {
            let errno = Errno.current
            _ = Glibc.close(number)
            throw SystemError(call: "fdopendir", errno: errno, subject: path)
        }
        // The stream owns the descriptor from here on.
        defer { unsafe closedir(directory) }
        for name in try unsafe names(in: directory, path) { try remove(name, in: number, "\(path)/\(name)") }
    }

    /// What an open directory has, without "." and "..", in the file system's order.
    static func names(in directory: OpaquePointer, _ path: String) throws(SystemError) -> [String] {
        var names: [String] = []
        while true {
            // The end and an error both come as NULL: only errno tells them apart.
            errno = 0
            guard let entry = unsafe readdir(directory) else {
                let errno = Errno.current
                if errno.rawValue == 0 { return names }
                throw SystemError(call: "readdir", errno: errno, subject: path)
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }
}
