import Linux
import TestSupport
import Testing

@testable import Supervisor

/// Processes of other users, which only root can start.
@Suite("The control server and processes of other users")
struct ControlStrangerTests {
    /// Connects to the socket named by its first argument, asks for the status, and prints what comes until the end.
    private static let client = """
        import socket, sys
        peer = socket.socket(socket.AF_UNIX)
        try:
            peer.connect(sys.argv[1])
        except OSError as error:
            sys.exit(error.strerror)
        try:
            peer.sendall(b'{"version":1,"verb":"status"}\\n')
        except OSError:
            pass
        while True:
            part = peer.recv(4096)
            if not part: break
            sys.stdout.buffer.write(part)
        """
    private static let nobody: UInt32 = 65534
    private static let group: UInt32 = 54321

    /// Runs the client as nobody with these supplementary groups; the bench's loop turns until it has ended.
    private func ask(_ bench: ControlBench, groups: [UInt32]) throws -> (child: Child, commands: [ControlCommand]) {
        let list = groups.isEmpty ? "--clear-groups" : "--groups=" + groups.map(String.init).joined(separator: ",")
        let identity = ["--reuid=\(Self.nobody)", "--regid=\(Self.nobody)", list]
        let python = try Program.python(Self.client, bench.path)
        let child = try Child([try Program.path("setpriv")] + identity + ["--"] + python)
        var commands: [ControlCommand] = []
        try wait(for: "the end of the client") {
            for request in try bench.requests() {
                commands.append(request.command)
                bench.send(.version(VersionEvent(deployd: "x", pid: 1)), to: request.client)
            }
            return try child.status() != nil
        }
        return (child, commands)
    }

    private func canRun(_ test: String) -> Bool {
        if ThisProcess.uid == 0, Program.find("setpriv") != nil { return true }
        skipped(test, because: "it needs root and setpriv")
        return false
    }

    @Test("The kernel refuses a stranger at the door")
    func door() throws {
        guard canRun("a stranger at the control socket") else { return }
        let result = try ask(try ControlBench(), groups: [])
        #expect(result.child.errors == "Permission denied\n")
        #expect(result.commands.isEmpty)
    }

    @Test("Where somebody opened the door, the server refuses a stranger and says who may come in")
    func openDoor() throws {
        guard canRun("a stranger at an open control socket") else { return }
        let bench = try ControlBench(group: Self.group)
        try Files.setMode(bench.path, 0o666)
        let result = try ask(bench, groups: [Self.group + 1])
        let message = "user 65534 may not control this master; expected root, user 0 or a member of group 54321"
        #expect(result.child.output == String(decoding: ControlLine.encode(.error(ErrorEvent(message))), as: UTF8.self))
        #expect(result.commands.isEmpty)
        #expect(bench.clientCount == 0)
    }

    @Test("A member of the group is served, also when the group is not its first")
    func member() throws {
        guard canRun("a member of the control group") else { return }
        let result = try ask(try ControlBench(group: Self.group), groups: [7, Self.group])
        #expect(result.child.output.contains("\"event\":\"version\""))
        #expect(result.commands == [.status])
    }
}
