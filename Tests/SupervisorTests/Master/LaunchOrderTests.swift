import Testing

@testable import Supervisor

@Suite struct LaunchOrderTests {
    static let order: LaunchOrder = {
        var order = plain
        order.takesTerminal = true
        return order
    }()
    private static let plain = LaunchOrder(
        executable: "/srv/site/releases/v1/bin/site", arguments: ["site", "", "two words", "a=b"],
        environment: ["A=1", "EMPTY=", "LINES=one\ntwo"], directory: "/srv/site",
        account: .init(uid: 33, gid: 33, groups: [33, 44]), umask: 0o27,
        limits: [.init(resource: "files", value: 1024), .init(resource: "core", value: .max)],
        softFiles: 1024, group: "/sys/fs/cgroup/system.slice/deployd.service/generation 3")

    @Test func `an order comes through the socket as it was`() {
        #expect(LaunchOrder(parsing: Self.order.bytes) == Self.order)
        let plain = LaunchOrder(executable: "/bin/true", arguments: ["true"], environment: [], directory: "/")
        #expect(LaunchOrder(parsing: plain.bytes) == plain)
    }

    @Test func `the master's variables take the place of those that came with the release`() {
        var order = LaunchOrder(
            executable: "/a", arguments: ["a"], environment: ["LISTEN_FDS=9", "A=1", "LISTEN_FDS_X=2"], directory: "/")
        order.set([("LISTEN_FDS", "1"), ("B", "2")])
        #expect(order.environment == ["A=1", "LISTEN_FDS_X=2", "LISTEN_FDS=1", "B=2"])
    }

    @Test func `an order that was cut off anywhere is no order`() {
        let bytes = Self.order.bytes
        for length in 0..<bytes.count {
            #expect(LaunchOrder(parsing: Array(bytes.prefix(length))) == nil, "cut at \(length)")
        }
    }

    @Test(arguments: ["nonsense\0x\0end\0", "uid\0minus one\0end\0", "gid\05\0end\0", "limit\0files\0end\0", "end\0"])
    func `an order that makes no sense is no order`(text: String) {
        let complete = "executable\0/bin/true\0argument\0true\0"
        #expect(LaunchOrder(parsing: Array((text == "end\0" ? text : complete + text).utf8)) == nil)
    }
}
