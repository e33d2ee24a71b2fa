import Linux
import Testing

@testable import Supervisor

@Suite("Who may control the master")
struct ControlAccessTests {
    @Test(
        "Root, the master's user and the members of the group may, whichever way they are members",
        arguments: [
            (0, 0, [], true), (500, 500, [], true), (600, 600, [], false), (600, 70, [], true),
            (600, 600, [1, 70], true), (600, 600, [1, 71], false),
        ] as [(UInt32, UInt32, [UInt32], Bool)])
    func rules(uid: UInt32, gid: UInt32, groups: [UInt32], allowed: Bool) {
        let access = ControlAccess(owner: 500, group: 70)
        #expect(access.allows(ControlPeer(pid: 1, uid: uid, gid: gid, groups: groups)) == allowed)
    }

    @Test("Without a group only root and the master's user may, and the socket's mode says the same")
    func noGroup() {
        let access = ControlAccess(owner: 500, group: nil)
        #expect(!access.allows(ControlPeer(pid: 1, uid: 600, gid: 0, groups: [0])))
        #expect(access.mode == 0o600)
        #expect(ControlAccess(owner: 500, group: 70).mode == 0o660)
    }

    @Test("The refusal names who asked and who may")
    func refusal() {
        let peer = ControlPeer(pid: 1, uid: 600, gid: 600, groups: [])
        #expect(
            ControlAccess(owner: 500, group: 70).refusal(of: peer)
                == "user 600 may not control this master; expected root, user 500 or a member of group 70")
    }

    @Test("The kernel tells the groups of the process at the other end")
    func peerGroups() throws {
        let pair = try SocketPair(.stream)
        let account = try Files.read("/proc/self/status")
        let line = String(decoding: account, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Groups:") }
        let expected = line?.dropFirst(7).split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
        let groups = try PeerCredentials.groups(behind: pair.first)
        #expect(groups == expected)
    }
}
