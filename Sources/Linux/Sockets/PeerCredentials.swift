/// The process at the other end of a unix socket. Source: unix(7), struct ucred.
package struct PeerCredentials: Equatable, Sendable {
    /// The process, as seen from this pid namespace.
    package let pid: Int32
    /// Its effective user.
    package let uid: UInt32
    /// Its effective group.
    package let gid: UInt32

    /// Credentials as read.
    package init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}
