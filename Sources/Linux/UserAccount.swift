import CLinux
import Glibc

/// A user of this machine. Source: getpwnam(3), getgrouplist(3). Reads the name service: it may block.
package struct UserAccount: Equatable, Sendable {
    /// The login name.
    package let name: String
    /// The number that the kernel knows it by.
    package let uid: UInt32
    /// The primary group.
    package let gid: UInt32
    /// The home directory.
    package let home: String

    /// The account of that name, or of that number; nil when there is none.
    package static func find(_ nameOrNumber: String) -> UserAccount? {
        if let found = unsafe UserAccount(getpwnam(nameOrNumber)) { return found }
        guard let uid = UInt32(nameOrNumber) else { return nil }
        return find(uid: uid)
    }

    /// The account of that number; nil when there is none.
    package static func find(uid: UInt32) -> UserAccount? { unsafe UserAccount(getpwuid(uid)) }

    /// The login name that this machine's own list of users has for a number; nil: none, though a name service may know one.
    /// Unlike `find` it never waits for a server. Source: passwd(5).
    package static func localName(_ uid: UInt32) -> String? {
        guard let content = try? Files.read("/etc/passwd") else { return nil }
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count > 2, UInt32(String(decoding: fields[2], as: UTF8.self)) == uid else { continue }
            return String(decoding: fields[0], as: UTF8.self)
        }
        return nil
    }

    private init?(_ entry: UnsafeMutablePointer<passwd>?) {
        guard let entry = unsafe entry?.pointee else { return nil }
        name = unsafe String(cString: entry.pw_name)
        uid = unsafe entry.pw_uid
        gid = unsafe entry.pw_gid
        home = unsafe String(cString: entry.pw_dir)
    }

    /// All groups that the account is in, the primary one included.
    package func groups() -> [UInt32] {
        var count: CInt = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let room = count
            if unsafe clinux_getgrouplist(name, gid, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            // The call tells how much room it wants; where it does not, twice as much is tried.
            if count <= room { count = room * 2 }
        }
    }
}
