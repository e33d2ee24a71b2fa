import Glibc

/// Groups of this machine.
package enum GroupAccount {
    /// The number of the group of that name (or number); nil when there is none.
    package static func find(_ nameOrNumber: String) -> UInt32? {
        if let entry = unsafe getgrnam(nameOrNumber) { return unsafe entry.pointee.gr_gid }
        return UInt32(nameOrNumber)
    }
}
