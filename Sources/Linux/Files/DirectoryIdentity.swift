import CLinux
import Glibc

/// Which directory it is, whatever it is called by now. The number of one that was removed is often given to the next that
/// is made: only when it was made tells the two apart. Source: inode(7), statx(2).
package struct DirectoryIdentity: Codable, Hashable, Sendable {
    /// The file system that it lies on.
    package let device: UInt64
    /// The inode number within the device.
    package let inode: UInt64
    /// The time of creation, in nanoseconds since 1970; nil if the file system does not tell.
    package let born: Int64?

    /// The directory with these numbers.
    package init(device: UInt64, inode: UInt64, born: Int64?) {
        self.device = device
        self.inode = inode
        self.born = born
    }

    /// Asks for an open directory.
    package init(of directory: borrowing FileDescriptor) throws(SystemError) {
        let status = try directory.status()
        device = status.device
        inode = status.inode
        born = Files.birth(directory.number, "")
    }

    /// Asks for the directory that has this path; nil when there is none, or it cannot be reached. A link is not followed.
    package init?(at path: String) {
        guard let directory = try? Files.named(path, .directory), let identity = try? DirectoryIdentity(of: directory)
        else { return nil }
        self = identity
    }
}

extension Files {
    /// When what `path` names was made, since 1970; of a link, itself. Nil: its file system does not tell, or there is nothing.
    /// Source: statx(2).
    package static func born(_ path: String) -> Duration? { birth(AT_FDCWD, path).map { .nanoseconds($0) } }

    /// In nanoseconds since 1970. An empty path: of the open file.
    fileprivate static func birth(_ descriptor: CInt, _ path: String) -> Int64? {
        var seconds: Int64 = 0
        var nanoseconds: UInt32 = 0
        guard unsafe clinux_birth(descriptor, path, &seconds, &nanoseconds) == 1 else { return nil }
        return seconds &* 1_000_000_000 &+ Int64(nanoseconds)
    }
}

extension DirectoryIdentity: CustomStringConvertible {
    /// The numbers as one word, which may stand in a file's name.
    package var description: String { "\(device).\(inode).\(born.map { "\($0)" } ?? "")" }

    /// Reads that word; nil for anything else.
    package init?(word: Substring) {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return nil }
        let born = Int64(parts[2])
        guard born != nil || parts[2].isEmpty else { return nil }
        self.init(device: device, inode: inode, born: born)
    }
}
