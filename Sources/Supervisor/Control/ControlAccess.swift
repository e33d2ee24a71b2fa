/// Who may control the master: root, the master's own user, and the members of one group.
///
/// The socket's mode (0600, or 0660 with the group) already lets the kernel refuse everybody else at `connect`. This is
/// the second lock, for a state directory whose modes somebody changed.
package struct ControlAccess: Equatable, Sendable {
    /// The master's effective user.
    package let owner: UInt32
    /// The group whose members may control the master as well; `nil` for none.
    package let group: UInt32?

    package init(owner: UInt32, group: UInt32?) {
        self.owner = owner
        self.group = group
    }

    /// The mode of the socket's file.
    var mode: UInt32 { group == nil ? 0o600 : 0o660 }

    /// Judges by the peer's user and groups.
    package func allows(_ peer: ControlPeer) -> Bool {
        if peer.uid == 0 || peer.uid == owner { return true }
        guard let group else { return false }
        return peer.gid == group || peer.groups.contains(group)
    }

    /// Why `peer` may not, in words for the person.
    func refusal(of peer: ControlPeer) -> String {
        let others = group.map { " or a member of group \($0)" } ?? ""
        return "user \(peer.uid) may not control this master; expected root, user \(owner)\(others)"
    }
}

/// The process at the other end of a control connection, as the kernel saw it at `connect`.
package struct ControlPeer: Equatable, Sendable {
    package let pid: Int32
    package let uid: UInt32
    package let gid: UInt32
    /// The supplementary groups, without `gid`.
    package let groups: [UInt32]

    package init(pid: Int32, uid: UInt32, gid: UInt32, groups: [UInt32]) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }
}
