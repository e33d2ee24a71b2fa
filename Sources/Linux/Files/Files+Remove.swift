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

    /// Takes a directory away with all that is in it, or a file; what is not there is no error.
    ///
    /// Links are taken away, never followed, and nothing behind a mount is touched: when a file system is mounted
    /// anywhere in the tree, that is an error before anything is removed. However deep the tree is, it takes a few
    /// descriptors and no stack. See ``TreeRemoval``.
    package static func removeTree(_ path: String) throws(SystemError) {
        switch uninterrupted({ unsafe Glibc.unlink(path) }) {
        case .success, .failure(.notFound): return
        case .failure(.isADirectory): break
        case .failure(let errno): throw SystemError(call: "unlink", errno: errno, subject: path)
        }
        var removal: TreeRemoval
        do { removal = try TreeRemoval(path) } catch {
            if error.errno == .notFound { return }
            throw error
        }
        try removal.run()
    }

    /// The same for one certain directory: whatever else has its path by now stays, and is an error (``Errno/stale``).
    package static func removeTree(_ path: String, only identity: DirectoryIdentity) throws(SystemError) {
        var removal: TreeRemoval
        do { removal = try TreeRemoval(path, only: identity) } catch {
            if error.errno == .notFound { return }
            throw error
        }
        try removal.run()
    }

    /// Takes a file, a link or an empty directory away; what is not there is no error. The corresponding C function is
    /// `remove`.
    package static func removeOne(_ path: String) throws(SystemError) {
        switch uninterrupted({ unsafe Glibc.remove(path) }) {
        case .success, .failure(.notFound): return
        case .failure(let errno): throw SystemError(call: "remove", errno: errno, subject: path)
        }
    }

    /// Where something is mounted in a directory or on it: the paths, as the kernel names them. Source:
    /// proc_pid_mountinfo(5).
    ///
    /// - Parameter directory: absolute and without links.
    package static func mounts(in directory: String) throws(SystemError) -> [String] {
        let content = try read("/proc/self/mountinfo", limit: 64 << 20)
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return content.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            guard fields.count > 4 else { return nil }
            let point = String(decoding: withoutEscapes(fields[4]), as: UTF8.self)
            return point == directory || point.hasPrefix(prefix) ? point : nil
        }
    }

    /// Bytes in which a space stands as \040, and so on.
    private static func withoutEscapes(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(code)
            rest = rest.dropFirst(3)
        }
        return bytes
    }

    /// The entries of an open directory, without "." and "..", in the file system's order.
    static func names(in directory: OpaquePointer, _ path: String) throws(SystemError) -> [String] {
        try unsafe rawNames(in: directory, path, atMost: .max).map {
            String(decoding: $0.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The next names of an open directory as they are on disk, each with its final zero: a name need not be UTF-8.
    static func rawNames(
        in directory: OpaquePointer, _ path: String, atMost count: Int
    ) throws(SystemError) -> [[CChar]] {
        var names: [[CChar]] = []
        while names.count < count {
            // The end and an error both come as NULL: only errno tells them apart.
            errno = 0
            guard let entry = unsafe readdir(directory) else {
                let errno = Errno.current
                if errno.rawValue == 0 { return names }
                throw SystemError(call: "readdir", errno: errno, subject: path)
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
            }
            if name != dot && name != dotDot { names.append(name + [0]) }
        }
        return names
    }

    private static let dot: [CChar] = [0x2e]
    private static let dotDot: [CChar] = [0x2e, 0x2e]
}
