import CLinux
import Glibc

/// The removal of a directory with all that is in it, which may have been made by somebody who means harm, and may
/// change while it is removed.
///
/// It holds the directory above the tree and the one that is being emptied, and goes up by "..", looking whether that is
/// where it came from. Every step down is by one name, without following a link and without crossing a mount (not even a
/// bind mount of the same file system: openat2(2), RESOLVE_NO_XDEV).
struct TreeRemoval: ~Copyable {
    /// So many names are read at a time.
    private static let batch = 512
    private static let flags = UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    /// RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS and RESOLVE_NO_SYMLINKS.
    private static let resolve: UInt64 = 0x01 | 0x02 | 0x04

    /// A directory on the way from the tree's top to where the removal is.
    private struct Level {
        /// Which directory it lies in.
        let parent: (device: UInt64, inode: UInt64)
        /// The name in its directory, with the final zero.
        let name: [CChar]
    }

    private let path: String
    private let name: [CChar]
    private let above: FileDescriptor
    private var current: FileDescriptor
    private var levels: [Level] = []

    /// Opens the directory and looks whether anything is mounted in it; removes nothing.
    ///
    /// - Parameter identity: which directory it is to be; nil: whichever has the path.
    init(_ path: String, only identity: DirectoryIdentity? = nil) throws(SystemError) {
        var bare = path[...]
        while bare.count > 1, bare.last == "/" { bare = bare.dropLast() }
        let last = bare.lastIndex(of: "/").map { bare.index(after: $0) } ?? bare.startIndex
        let name = bare[last...].utf8.map { CChar(bitPattern: $0) } + [0]
        let above = try FileDescriptor.directory(Files.directory(of: String(bare)))
        let top = try Self.directory(name, in: above, path)
        if let identity {
            let found = try DirectoryIdentity(of: top)
            guard found == identity else { throw SystemError(call: "remove", errno: .stale, subject: path) }
        }
        let real = try Files.readLink("/proc/self/fd/\(top.number)")
        if let mount = try Files.mounts(in: real).first { throw Self.error("remove", .crossDevice, mount) }
        self.path = path
        self.name = name
        self.above = above
        current = top
    }

    private static func directory(
        _ name: [CChar], in parent: borrowing FileDescriptor, _ path: String
    ) throws(SystemError) -> FileDescriptor {
        switch open(name, in: parent) {
        case .success(let number): return FileDescriptor(owning: number)
        case .failure(let errno): throw error("open", errno, path)
        }
    }

    /// Empties the directory and takes it away.
    mutating func run() throws(SystemError) {
        while true {
            let names = try nextNames()
            if !names.isEmpty {
                if let child = try removeAll(names) { try descend(child) }
            } else if let level = levels.popLast() {
                try ascend(to: level)
            } else {
                return try removeDirectory(name, in: above.number)
            }
        }
    }

    /// Some names of the directory that is being emptied; none: it is empty.
    private borrowing func nextNames() throws(SystemError) -> [[CChar]] {
        let number = current.number
        let again = try system("open", place()) { unsafe openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = unsafe fdopendir(again) else {
            let errno = Errno.current
            _ = Glibc.close(again)
            throw SystemError(call: "fdopendir", errno: errno, subject: place())
        }
        // The stream owns the descriptor from here on.
        defer { unsafe closedir(stream) }
        return try unsafe Files.rawNames(in: stream, place(), atMost: Self.batch)
    }

    /// Removes files, links and empty directories, up to the first directory that is not empty.
    private borrowing func removeAll(_ names: [[CChar]]) throws(SystemError) -> [CChar]? {
        let number = current.number
        for name in names {
            switch uninterrupted({ unsafe unlinkat(number, name, 0) }) {
            case .success, .failure(.notFound): continue
            case .failure(.isADirectory): break
            case .failure(let errno): throw Self.error("unlink", errno, place(name))
            }
            switch uninterrupted({ unsafe unlinkat(number, name, AT_REMOVEDIR) }) {
            case .success, .failure(.notFound), .failure(.notADirectory): continue
            case .failure(.notEmpty), .failure(.exists): return name
            case .failure(let errno): throw Self.error("rmdir", errno, place(name))
            }
        }
        return nil
    }

    private mutating func descend(_ child: [CChar]) throws(SystemError) {
        let here = try current.status()
        switch Self.open(child, in: current) {
        case .success(let number):
            current = FileDescriptor(owning: number)
            levels.append(Level(parent: (here.device, here.inode), name: child))
        // Somebody else removed it, or put something else in its place: it is looked at anew.
        case .failure(.notFound), .failure(.notADirectory), .failure(.loop): return
        case .failure(let errno): throw Self.error("open", errno, place(child))
        }
    }

    private mutating func ascend(to level: Level) throws(SystemError) {
        let number = current.number
        let up = try system("open", "\(place())/..") {
            unsafe clinux_openat2(number, "..", Self.flags, 0, Self.resolve)
        }
        current = FileDescriptor(owning: up)
        let here = try current.status()
        guard (here.device, here.inode) == level.parent else {
            // It was moved while it was emptied. What it lies in now is none of ours.
            throw SystemError(call: "remove", errno: .busy, subject: "\(path): a directory in it was moved meanwhile")
        }
        try removeDirectory(level.name, in: current.number)
    }

    /// Removes an empty directory. One that has something in it again is met again.
    private borrowing func removeDirectory(_ name: [CChar], in parent: CInt) throws(SystemError) {
        switch uninterrupted({ unsafe unlinkat(parent, name, AT_REMOVEDIR) }) {
        case .success, .failure(.notFound): return
        case .failure(.notEmpty) where parent != above.number: return
        case .failure(let errno): throw Self.error("rmdir", errno, parent == above.number ? path : place(name))
        }
    }

    private static func open(_ name: [CChar], in directory: borrowing FileDescriptor) -> Result<CInt, Errno> {
        let number = directory.number
        return uninterrupted { unsafe clinux_openat2(number, name, flags, 0, resolve) }
    }

    private static func error(_ call: String, _ errno: Errno, _ path: String) -> SystemError {
        guard errno == .crossDevice || errno == .busy else {
            return SystemError(call: call, errno: errno, subject: path)
        }
        return SystemError(call: "remove", errno: .busy, subject: "\(path): something is mounted there")
    }

    /// The first few names of the path, for people.
    private borrowing func place(_ name: [CChar]? = nil) -> String {
        // (Of 20,000 levels not all are gone through for a name that nobody reads.)
        let parts = levels.prefix(8).map(\.name) + (levels.count < 8 ? name.map { [$0] } ?? [] : [])
        let words = parts.map { String(decoding: $0.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        return ([path] + words + (levels.count > 7 ? ["…"] : [])).joined(separator: "/")
    }
}
