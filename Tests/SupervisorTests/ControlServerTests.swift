import Linux
import Testing

@testable import Supervisor

@Suite("The control server")
struct ControlServerTests {
    static let statusLine = #"{"version":1,"verb":"status"}"# + "\n"
    static let deployLine = #"{"version":1,"verb":"deploy","release":"v2"}"# + "\n"
    static let cancelLine = #"{"version":1,"verb":"cancel"}"# + "\n"

    @Test("hands on a request with its sender, and closes behind the last event")
    func answers() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(Self.statusLine)
        let request = try #require(try bench.requests().first)
        #expect(request.command == .status)
        #expect(request.peer.pid == ThisProcess.pid)
        #expect(request.peer.uid == ThisProcess.uid)
        bench.send(.status(.sample), to: request.client)
        let heard = try client.hear()
        #expect(heard.events == [.status(.sample)])
        #expect(heard.ended)
        #expect(bench.clientCount == 0)
    }

    @Test("understands a request wherever it is cut")
    func everySplit() throws {
        let bench = try ControlBench()
        for cut in 1..<Self.deployLine.utf8.count {
            let client = try RawControlClient(bench)
            try client.say(String(Self.deployLine.prefix(cut)))
            #expect(try bench.requests().isEmpty)
            try client.say(String(Self.deployLine.dropFirst(cut)))
            #expect(try bench.requests().map(\.command) == [.deploy(release: .name("v2"), DeployTerms())])
        }
    }

    @Test("hands on the cancel that follows a deploy on the same connection")
    func cancels() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(Self.deployLine)
        let deploy = try #require(try bench.requests().first)
        bench.send(.step(StepEvent(.booting, .started)), to: deploy.client)
        try client.say(Self.cancelLine)
        let cancel = try #require(try bench.requests().first)
        #expect(cancel.client == deploy.client)
        #expect(cancel.command == .cancel)
        #expect([deploy.position, cancel.position] == [1, 2])
        bench.send(.done(DoneEvent(.cancelled)), to: deploy.client)
        #expect(
            try client.hear().events == [.step(StepEvent(.booting, .started)), .done(DoneEvent(.cancelled))])
        #expect(try bench.turnUntilQuiet().isEmpty)
    }

    @Test("answers a client that has closed its own side")
    func halfClose() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(Self.deployLine)
        try client.socket.shutdown(.write)
        let deploy = try #require(try bench.requests().first)
        bench.send(.done(DoneEvent(.committed)), to: deploy.client)
        #expect(try client.hear().events == [.done(DoneEvent(.committed))])
    }

    @Test("tells when a client leaves before its reply is complete")
    func leaves() throws {
        let bench = try ControlBench()
        let id: ControlClientID
        do {
            let client = try RawControlClient(bench)
            try client.say(Self.deployLine)
            id = try #require(try bench.requests().first).client
        }
        #expect(try bench.turnUntilQuiet() == [.gone(id)])
        bench.send(.note("nobody hears this"), to: id)
        #expect(bench.clientCount == 0)
    }

    @Test("begins nothing for a client that left before it was read, as one whose master was stopped for a while")
    func leavesAtOnce() throws {
        let bench = try ControlBench()
        do {
            let client = try RawControlClient(bench)
            try client.say(Self.deployLine)
        }
        let inputs = try bench.turnUntilQuiet()
        #expect(inputs.count == 1)
        guard case .abandoned(let request) = inputs.first else { return #expect(Bool(false), "\(inputs)") }
        #expect(request.command == .deploy(release: .name("v2"), DeployTerms()))
        #expect(bench.clientCount == 0)
    }

    @Test("hands on a cancel all the same: who leaves does not want what he cancels")
    func cancelsAndLeaves() throws {
        let bench = try ControlBench()
        do {
            let client = try RawControlClient(bench)
            try client.say(Self.cancelLine)
        }
        let inputs = try bench.turnUntilQuiet()
        guard case .request(let request) = inputs.first else { return #expect(Bool(false), "\(inputs)") }
        #expect(request.command == .cancel)
        #expect(inputs.dropFirst() == [.gone(request.client)])
    }

    @Test("tells of a client that left while an event was on its way, by the loop and not in between")
    func leavesWhileSending() throws {
        let bench = try ControlBench()
        let id: ControlClientID
        do {
            let client = try RawControlClient(bench)
            try client.say(Self.deployLine)
            id = try #require(try bench.requests().first).client
        }
        bench.send(.note("one"), to: id)
        bench.send(.note("two"), to: id)
        #expect(try bench.turnUntilQuiet() == [.gone(id)])
    }

    @Test("drops an event that comes late for a client that is closed")
    func lateEvent() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(Self.deployLine)
        let id = try #require(try bench.requests().first).client
        try client.say(Self.cancelLine)
        let token = ControlBench.baseToken + id.serial
        bench.close(id)
        #expect(bench.handle(lateEventWith: token).isEmpty)
        #expect(try bench.turnUntilQuiet().isEmpty)
    }

    @Test("takes the place of a dead master's socket, with its mode from the first instant, and leaves no draft")
    func socketFile() throws {
        let first = try ControlBench()
        #expect(try Files.status(first.path).mode == 0o600)
        let epoll = try Epoll()
        let access = ControlAccess(owner: ThisProcess.uid, group: ThisProcess.gid)
        let second = try ControlServer(at: first.path, access: access, baseToken: 1 << 48, on: epoll)
        let status = try Files.status(first.path)
        #expect(status.mode == 0o660)
        #expect(status.gid == ThisProcess.gid)
        #expect(try Files.list(first.directory) == [ControlSocketFile.name])
        #expect(second.clientCount == 0)
    }
}
