import Dispatch
import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Clients that have gone while their answer is made: nothing is kept busy for them.
@Suite struct GoneClientTests {
    private let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: [true, false], [true, false])
    func theServerBehindIsLeft(_ isClosed: Bool, hasBegun: Bool) throws {
        let server = try ServerByHand()
        let worker = try server.front()
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        if hasBegun {
            try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            #expect(try client.answer(toHead: true).status == 200)
        }
        if isClosed { client.close() } else { try client.endSending() }
        #expect(peer.isClosed())
        try wait(for: "the connection's end") { worker.count(.connections) == 0 }
    }

    @Test func whatTheClientSentBehindItsRequestHoldsNothing() throws {
        let server = try ServerByHand()
        let worker = try server.front()
        let client = try TestClient(worker.address)
        try client.send(get + get + "GET /half")
        let peer = try server.accept()
        _ = try peer.read()
        try client.send("more that is never read")
        client.close()
        #expect(peer.isClosed())
        #expect(try server.isQuiet())
    }

    @Test func aRequestThatWaitsForAConnectionIsForgotten() throws {
        let server = try ServerByHand()
        let worker = try server.front { settings, _ in
            settings.maxConnections = 1
            settings.connectTimeout = .seconds(600)
        }
        let (first, second, third) = (
            try TestClient(worker.address), try TestClient(worker.address), try TestClient(worker.address)
        )
        try first.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try second.send(get)
        try wait(for: "two requests") { worker.count(.inFlight) == 2 }
        second.close()
        try wait(for: "one request") { worker.count(.inFlight) == 1 }
        try third.send(get.replacing("/x", with: "/third"))
        try wait(for: "two requests") { worker.count(.inFlight) == 2 }
        try peer.send(.hello)
        #expect(try first.answer().body == "hello")
        #expect(try peer.read().hasPrefix("GET /third "))
    }

    @Test func anAsyncHandlerIsCancelled() throws {
        let (gate, hasBegun, isCancelled) = (Gate(isOpen: false), Noted(false), Noted(false))
        var app = Application()
        app.get("/wait") { _ in
            hasBegun.value = true
            do { try await gate.wait() } catch { isCancelled.value = Task.isCancelled }
            return Response(text: "late")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "the handler") { hasBegun.value }
        client.close()
        try wait(for: "its end") { isCancelled.value }
    }

    @Test func aHandlerThatHasNotBegunDoesNotBegin() throws {
        let gate = DispatchSemaphore(value: 0)
        let begun = Noted(0)
        var app = Application()
        app.configuration.maxBlockingHandlers = 1
        app.get("/wait", .blocking) { _ in
            begun.value += 1
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        app.get("/last", .blocking) { _ in Response(text: "last") }
        let worker = try TestWorker(app)
        let (first, second, third) = (
            try TestClient(worker.address), try TestClient(worker.address), try TestClient(worker.address)
        )
        try first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "the handler") { begun.value == 1 }
        try second.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "two requests") { worker.count(.inFlight) == 2 }
        second.close()
        try wait(for: "one request") { worker.count(.inFlight) == 1 }
        try third.send("GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
        gate.signal()
        #expect(try first.answer().body == "waited")
        #expect(try third.answer().body == "last")
        #expect(begun.value == 1)
    }

    @Test func aSiteMayAnswerClientsThatHaveClosedTheirSide() throws {
        let server = try ServerByHand()
        let worker = try server.front { _, app in app.configuration.answersHalfClosed = true }
        let client = try TestClient(worker.address)
        try client.send(get)
        try client.endSending()
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(.hello)
        #expect(try client.rest().hasSuffix("hello"))
    }

    @Test func whatIsAnsweredAtOnceIsAnsweredInAnyCase() throws {
        let worker = try TestWorker(testApplication())
        for _ in 0..<20 {
            let client = try TestClient(worker.address)
            try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try client.endSending()
            #expect(try client.rest().hasSuffix("hello, x"))
        }
    }

    @Test func theAccessLogSaysSo() throws {
        let directory = try TemporaryDirectory()
        let server = try ServerByHand()
        let worker = try server.front { _, app in app.accessLog(AccessLog(.combined, path: directory.path("log"))) }
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        client.close()
        try wait(for: "a line") {
            let log = String(decoding: try Files.read(directory.path("log")), as: UTF8.self)
            return log.contains("\"GET /x HTTP/1.1\" 499 0 ")
        }
    }
}
