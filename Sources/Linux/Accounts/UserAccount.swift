import CLinux
import Glibc

/// A user of this machine. Source: getpwnam(3), getgrouplist(3). The name service is asked, for a few seconds at most; where
/// it does not answer, what /etc/passwd and /etc/group say holds.
package struct UserAccount: Equatable, Sendable {
    /// The login name, as in the first field of passwd(5).
    package let name: String
    /// The number that the kernel knows it by.
    package let uid: UInt32
    /// The primary group, of which the account need not be listed as a member.
    package let gid: UInt32
    /// The home directory, which need not exist.
    package let home: String

    /// The account of that name, or of that number; nil when there is none.
    package static func find(_ nameOrNumber: String) -> UserAccount? {
        let answer = NameService.ask { () -> UserAccount? in
            if let found = unsafe UserAccount(getpwnam(nameOrNumber)) { return found }
            return UInt32(nameOrNumber).flatMap { unsafe UserAccount(getpwuid($0)) }
        }
        return answer ?? LocalAccounts().user(nameOrNumber)
    }

    /// The account of that number; nil when there is none.
    package static func find(uid: UInt32) -> UserAccount? { find("\(uid)") }

    /// The login name that this machine's own list of users has for a number; nil: none, though a name service may know one.
    /// Unlike `find` it never waits for a server. Source: passwd(5).
    package static func localName(_ uid: UInt32) -> String? { LocalAccounts().user("\(uid)")?.name }

    init(name: String, uid: UInt32, gid: UInt32, home: String) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.home = home
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
        let (name, gid) = (name, gid)
        return NameService.ask { Self.groups(of: name, primary: gid) } ?? [gid] + LocalAccounts().groups(of: name)
    }

    private static func groups(of name: String, primary gid: UInt32) -> [UInt32] {
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
