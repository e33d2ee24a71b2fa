package import Linux

/// The control group of the service that this process belongs to.
package enum ServiceGroup {
    /// Where this process may make groups: in the one that systemd left to its service, or at the top of its tree; nil:
    /// nowhere. With another master's group and user: where that one may.
    static func place(
        of own: ControlGroup? = ControlGroup.own(), user: UInt32 = ThisProcess.uid
    ) -> (group: ControlGroup, isDelegated: Bool)? {
        guard let own else { return nil }
        // The master itself, and what systemd runs for the service, may be one below.
        for group in [own, own.parent] { if let group, group.isDelegated { return (group, true) } }
        return own.isRoot && user == 0 ? (own, false) : nil
    }

    /// Makes it able to take in a process again, when a master has ended. systemd puts the next one there, which the
    /// kernel refuses (EBUSY) as long as the groups below are counted. The next master has them counted again.
    package static func admitMaster() throws(SystemError) {
        guard let place = place(), place.isDelegated else { return }
        for controller in try place.group.words("cgroup.subtree_control") {
            try place.group.write("-\(controller)", to: "cgroup.subtree_control")
        }
    }
}
