import Linux
import TestSupport
import Testing

@testable import StrictLoad

/// The built command: what it prints, and its exit code.
@Suite struct CommandTests {
    private func strictLoad(_ arguments: String...) throws -> Child.Finished {
        try Child.run([try Products.path("strict-load")] + arguments)
    }

    @Test func aPerfectRunExitsWithZeroAndReports() throws {
        let server = try ScriptedServer { _ in [ok("v1\n")] }
        let finished = try strictLoad("\(server.address)", "--requests", "50", "--expect-body-any", "v1\\n")
        #expect(finished.status == .exited(code: 0), "\(finished.output)\(finished.errors)")
        #expect(finished.output.contains("answered                        50"))
    }

    @Test func oneFailureExitsWithOneAndIsInTheJSON() throws {
        let server = try ScriptedServer { $0.number == 20 ? [.reset] : [ok("v1\n")] }
        let finished = try strictLoad("\(server.address)", "--requests", "50", "--json")
        #expect(finished.status == .exited(code: 1))
        #expect(finished.output.contains("\"reset\":1"))
        #expect(finished.output.contains("\"answered\":49"))
    }

    @Test func aTermSignalEndsTheRunInGoodOrder() throws {
        let server = try ScriptedServer { _ in [ok("v1\n")] }
        let child = try Child([try Products.path("strict-load"), "\(server.address)", "--connections", "4"])
        try wait(for: "a hundred requests", until: { server.requestCount > 100 })
        try child.send(.term)
        #expect(try child.wait() == .exited(code: 0), "\(child.output)")
        #expect(child.output.contains("failed                          0"))
    }

    @Test func theVersionsAreWrittenWhereTheyAreWanted() throws {
        let server = try ScriptedServer { [ok($0.number <= 10 ? "v1\n" : "v2\n")] }
        let directory = try TemporaryDirectory()
        let path = directory.path("versions.csv")
        let finished = try strictLoad(
            "\(server.address)", "--requests", "30", "--mode", "close-by-client", "--connections", "1",
            "--versions", path, "--monotonic")
        #expect(finished.status == .exited(code: 0), "\(finished.output)")
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        #expect(text.contains("epochs,\"v1\"") && text.contains("epochs,\"v2\""))
    }

    @Test func wrongArgumentsAreExplainedWithCode64() throws {
        let finished = try strictLoad("127.0.0.1:1", "--mode", "fast")
        #expect(finished.status == .exited(code: 64))
        #expect(finished.errors.contains("expected one of keepalive"))
    }
}
