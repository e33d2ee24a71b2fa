import Glibc

/// Groups of this machine. The name service is asked as for a ``UserAccount``.
package enum GroupAccount {
    /// The number of the group of that name (or number); nil when there is none.
    package static func find(_ nameOrNumber: String) -> UInt32? {
        let answer = NameService.ask { unsafe getgrnam(nameOrNumber).map { unsafe $0.pointee.gr_gid } }
        let found = if let answer { answer } else { LocalAccounts().group(nameOrNumber) }
        return found ?? UInt32(nameOrNumber)
    }

    /// Whether the machine's own lists have the group, and nobody in it but root. No server is asked. Source: group(5).
    package static func isNobodys(_ gid: UInt32) -> Bool { LocalAccounts().isNobodys(gid) }
}
