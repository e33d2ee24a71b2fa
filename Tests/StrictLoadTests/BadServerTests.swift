import Linux
import Testing

@testable import StrictLoad

/// Every way of failing a request is shown to the client by a server that does just that, and moves its own counter.
@Suite struct BadServerTests {
    /// Runs a plan until its first failure and expects nothing but failures of one kind.
    private func expect(
        _ kind: FailureKind, from address: SocketAddress, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout LoadPlan) -> Void = { _ in }
    ) throws {
        var plan = LoadPlan(address: address)
        plan.connections = 1
        plan.duration = 30_000_000_000
        plan.stopsAtFailure = true
        change(&plan)
        let tally = try LoadLoop(plan).run().record.tally
        for other in FailureKind.allCases {
            #expect(tally[other] == (other == kind ? 1 : 0), "\(other)", sourceLocation: sourceLocation)
        }
        #expect(!tally.isPerfect, sourceLocation: sourceLocation)
    }

    @Test func aPortThatNobodyListensOnIsRefused() throws {
        let socket = try Socket.stream(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        try expect(.refused, from: socket.localAddress())
    }

    @Test func aUnixSocketThatIsNotThereIsRefused() throws {
        try expect(.refused, from: .unix(path: "/nowhere/web.sock"))
    }

    @Test func aUnixSocketWhoseQueueIsFullIsRefused() throws {
        let listener = try Socket.stream(.unix)
        let address = SocketAddress.abstract(name: "strict-load-\(UInt64.random(in: 0 ... .max))")
        try listener.bind(address)
        try listener.listen(backlog: 0)
        let first = try Socket.stream(.unix)
        #expect(try first.connect(address) == .connected)
        try expect(.refused, from: address)
    }

    @Test func aQueueThatIsFullTimesOutTheConnect() throws {
        let listener = try Socket.stream(.v4)
        try listener.bind(.v4(.loopback, port: 0))
        try listener.listen(backlog: 0)
        let address = try listener.localAddress()
        let first = try Socket.stream(.v4)
        _ = try first.connect(address)
        try expect(.connectTimedOut, from: address) { $0.timeout = 200_000_000 }
    }

    @Test func aResetInsteadOfAnAnswerIsCounted() throws {
        let server = try ScriptedServer { _ in [.reset] }
        try expect(.reset, from: server.address)
    }

    @Test func aResetInsideAnAnswerIsCounted() throws {
        let server = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Le"), .reset] }
        try expect(.reset, from: server.address)
    }

    @Test func aCloseInsteadOfTheFirstAnswerIsCountedAsFresh() throws {
        let server = try ScriptedServer { _ in [.close] }
        try expect(.closedFresh, from: server.address)
    }

    @Test func anEndOfStreamRightBehindTheAcceptIsCountedAsFresh() throws {
        let server = try ScriptedServer(onConnect: [.endWriting])
        try expect(.closedFresh, from: server.address)
    }

    @Test func aCloseInsteadOfALaterAnswerIsCountedAsReused() throws {
        let server = try ScriptedServer { $0.onConnection < 3 ? [ok("v1\n")] : [.close] }
        try expect(.closedReused, from: server.address)
    }

    @Test func aCloseWhileNothingIsAskedIsCountedAsIdle() throws {
        let server = try ScriptedServer { _ in [ok("v1\n"), .close] }
        try expect(.closedIdle, from: server.address) { $0.think = 20_000_000_000...20_000_000_000 }
    }

    @Test func aResetWhileNothingIsAskedIsCountedAsIdle() throws {
        let server = try ScriptedServer { _ in [ok("v1\n"), .reset] }
        try expect(.closedIdle, from: server.address) { $0.think = 20_000_000_000...20_000_000_000 }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nv1\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        "H",
    ])
    func anAnswerWithoutItsEndIsCountedAsTruncated(text: String) throws {
        let server = try ScriptedServer { _ in [.send(text), .close] }
        try expect(.truncated, from: server.address)
    }

    @Test func aStatusThatIsNotExpectedIsCounted() throws {
        let server = try ScriptedServer { _ in [answer(500, "v1\n")] }
        try expect(.wrongStatus, from: server.address)
    }

    @Test(arguments: ["v3\n", "v1", "v1\n\n", ""])
    func aBodyThatIsNotExpectedIsCounted(body: String) throws {
        let server = try ScriptedServer { _ in [ok(body)] }
        try expect(.wrongBody, from: server.address) { $0.expectedBodies = [Array("v1\n".utf8), Array("v2\n".utf8)] }
    }

    @Test func anEchoThatIsNotWhatWasSentIsCounted() throws {
        let server = try ScriptedServer { [ok(String($0.body.dropLast()) + "?")] }
        try expect(.wrongBody, from: server.address) { $0.mode = .post }
    }

    @Test func aRefusalBeforeTheWholeBodyIsJudgedByItsStatus() throws {
        let server = try ScriptedServer(answersHead: true) { _ in [answer(413, "", "Connection: close\r\n"), .close] }
        try expect(.wrongStatus, from: server.address) {
            $0.mode = .post
            $0.pause = 20_000_000_000
        }
    }

    @Test func noAnswerAtAllTimesOut() throws {
        let server = try ScriptedServer()
        try expect(.timedOut, from: server.address) { $0.timeout = 100_000_000 }
    }

    @Test func anAnswerThatStallsTimesOut() throws {
        let server = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour")] }
        try expect(.timedOut, from: server.address) { $0.timeout = 100_000_000 }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n12",
    ])
    func whatIsNotHTTPIsCountedAsMalformed(text: String) throws {
        let server = try ScriptedServer { _ in [.send(text)] }
        try expect(.malformed, from: server.address)
    }

    @Test func bytesThatNobodyAskedForAreCountedAsMalformed() throws {
        let server = try ScriptedServer(
            onConnect: [], answer: { _ in [ok("v1\n"), .send("HTTP/1.1 408 Late\r\n\r\n")] })
        try expect(.malformed, from: server.address) { $0.think = 20_000_000_000...20_000_000_000 }
    }

    @Test func aVersionThatComesBackIsCounted() throws {
        let server = try ScriptedServer { [ok($0.number == 3 ? "v2\n" : "v1\n"), .close] }
        try expect(.wentBack, from: server.address) {
            $0.mode = .closeByServer
            $0.isMonotonic = true
        }
    }

    @Test func anAddressThatIsNotOursIsTheClientsOwnFailure() throws {
        let server = try ScriptedServer { _ in [ok("v1\n")] }
        try expect(.client, from: server.address) { $0.sources = [.v4(IPv4Address(0xc000_0201), port: 0)] }
    }

    @Test func anotherErrorOfTheNetworkIsCountedAsUnreachable() {
        #expect(Errno(rawValue: 113).connectFailure == .unreachable)
        #expect(Errno.connectionRefused.connectFailure == .refused)
        #expect(Errno.timedOut.connectFailure == .connectTimedOut)
        #expect(Errno.tooManyOpenFiles.connectFailure == .client)
    }
}
