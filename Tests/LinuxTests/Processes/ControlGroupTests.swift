import Testing

@testable import Linux

@Suite struct ControlGroupTests {
    private static let mounts = """
        22 27 0:21 / /proc rw,nosuid - proc proc rw
        30 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        31 24 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate

        """

    @Test(arguments: [
        ("0::/system.slice/deployd.service\n", "/sys/fs/cgroup/system.slice/deployd.service"),
        ("4:memory:/other\n0::/\n", "/sys/fs/cgroup"),
    ])
    func `it is where the tree is mounted`(groups: String, path: String) throws {
        let group = try #require(ControlGroup.find(groups: groups, mounts: Self.mounts))
        #expect(group.path == path)
        #expect(group.isRoot == (path == "/sys/fs/cgroup"))
    }

    @Test func `of a part of the tree only what is below is seen`() {
        let mounts = "31 24 0:28 /machine.slice/box /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        let path = { (own: String) in ControlGroup.find(groups: "0::\(own)\n", mounts: mounts)?.path }
        #expect(path("/machine.slice/box/a.service") == "/sys/fs/cgroup/a.service")
        #expect(path("/machine.slice/box") == "/sys/fs/cgroup")
        #expect(path("/machine.slice/boxer") == nil)
    }

    @Test func `there is none in a tree of version 1`() {
        #expect(ControlGroup.find(groups: "4:memory:/a\n", mounts: Self.mounts) == nil)
        #expect(ControlGroup.find(groups: "0::/a\n", mounts: "30 24 0:27 / /sys rw - cgroup cgroup rw\n") == nil)
    }

    @Test func `its parents end at the top of the tree`() throws {
        let group = try #require(ControlGroup.find(groups: "0::/a/b\n", mounts: Self.mounts))
        #expect(group.parent?.path == "/sys/fs/cgroup/a")
        #expect(group.parent?.parent?.path == "/sys/fs/cgroup")
        #expect(group.parent?.parent?.parent == nil)
        #expect(group.child("c").parent == group)
    }
}
