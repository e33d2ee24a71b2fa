import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

/// The master's control groups, in a directory that has the kernel's files. (The kernel's own part is tried in
/// EndToEnd.SystemdTests.)
@Suite struct GenerationGroupsTests {
    private let scratch: TemporaryDirectory
    private let base: ControlGroup
    private let one = GenerationNumber(rawValue: 1)
    private let two = GenerationNumber(rawValue: 2)

    init() throws {
        scratch = try TemporaryDirectory()
        base = ControlGroup(path: scratch.path("tree"), root: scratch.path)
        try scratch.write("tree/cgroup.controllers", "cpu memory\n")
        try scratch.write("tree/cgroup.subtree_control", "")
        try scratch.write("tree/cgroup.procs", "")
    }

    private func groups(isDelegated: Bool = true) -> GenerationGroups {
        let directory = StateDirectory(root: scratch.path("state"), runtime: scratch.path("run"))
        return GenerationGroups(directory, base: base, isDelegated: isDelegated)
    }

    private func content(_ path: String) throws -> String {
        String(decoding: try Files.read(path), as: UTF8.self)
    }

    @Test func `each generation has one, and it goes with the generation`() throws {
        let groups = groups()
        try groups.prepare(one, nil)
        try groups.prepare(two, nil)
        let (first, second) = (try #require(groups.group(of: one)), try #require(groups.group(of: two)))
        #expect(first.path != second.path)
        #expect(first.parent == base)
        #expect(Files.kind(first.path) == .directory)
        groups.end(allBut: [two])
        #expect(groups.group(of: one) == nil)
        #expect(Files.kind(first.path) == nil)
        #expect(Files.kind(second.path) == .directory)
    }

    @Test func `limits are written there, and the kernel is asked to count`() throws {
        let groups = groups()
        try groups.prepare(one, nil)
        let group = try #require(groups.group(of: one))
        try scratch.write(String(group.path.dropFirst(scratch.path.count + 1)) + "/memory.max", "")
        try scratch.write(String(group.path.dropFirst(scratch.path.count + 1)) + "/cpu.max", "")
        try groups.prepare(one, ["memory": 512 << 20, "cpu": 150])
        #expect(try content("\(group.path)/memory.max") == "536870912")
        #expect(try content("\(group.path)/cpu.max") == "150000 100000")
        #expect(try content("\(base.path)/cgroup.subtree_control") == "+memory +cpu")
    }

    @Test func `the next master finds them again`() throws {
        try groups().prepare(one, nil)
        let next = groups()
        let group = try #require(next.group(of: one))
        next.end(allBut: [])
        #expect(Files.kind(group.path) == nil)
    }

    @Test func `another master's are left alone`() throws {
        let directory = StateDirectory(root: scratch.path("other"), runtime: scratch.path("run"))
        let other = GenerationGroups(directory, base: base, isDelegated: true)
        try other.prepare(one, nil)
        let groups = groups()
        #expect(groups.group(of: one) == nil)
        groups.end(allBut: [])
        #expect(Files.kind(try #require(other.group(of: one)).path) == .directory)
    }

    @Test func `outside a service only a generation with limits has one`() throws {
        let groups = groups(isDelegated: false)
        try groups.prepare(one, nil)
        #expect(groups.group(of: one) == nil)
        try Files.makeDirectory(base.path + "/unused")
        #expect(throws: SystemError.self) { try groups.prepare(two, ["tasks": 5]) }
    }

    @Test func `a limit that cannot be kept is refused, and why is told`() {
        let groups = groups()
        #expect(groups.obstacle(to: nil) == nil)
        #expect(groups.obstacle(to: ["memory": 1, "cpu": 100]) == nil)
        #expect(
            groups.obstacle(to: ["memory": 1, "tasks": 5])
                == "\(base.path) has no controller pids, but cpu, memory")
        let nowhere = GenerationGroups(
            StateDirectory(root: scratch.path("state"), runtime: scratch.path("run")), base: nil, isDelegated: false)
        #expect(
            nowhere.obstacle(to: ["tasks": 5]) == "the master has no control group (version 2) of its own to divide")
        #expect(nowhere.problem("x", in: "f").advice.hasPrefix("run deployd as a service"))
        let service = groups.problem("x", in: "f")
        #expect(service.expected.contains("Delegate=yes") && service.advice.hasPrefix("`Delegate=yes` in the unit"))
        #expect(!self.groups(isDelegated: false).problem("x", in: "f").description.contains("Delegate"))
        #expect(throws: Never.self) { try nowhere.prepare(one, nil) }
        #expect(nowhere.group(of: one) == nil)
    }
}
