import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// The built site as the master starts it where listeners speak TLS: one that does, and one that does not.
@Suite("A worker's process with keys")
struct TLSProcessTests {
    private final class Started {
        let child: Child
        let ports: [UInt16]
        private let directory: TemporaryDirectory
        private let notify: Socket

        init(_ keys: borrowing FileDescriptor) throws {
            directory = try TemporaryDirectory()
            let lanes = [try Self.lane(), try Self.lane()]
            ports = try lanes.map { try $0.socket.localAddress().port ?? 0 }
            notify = try Socket.datagram(.unix)
            try notify.bind(.unix(path: directory.path("notify")))
            let port = try Socket.datagram(.unix)
            try Files.makeDirectory(directory.path("release/public"))
            child = try Child(
                [try Program.path("sh"), "-c", "LISTEN_PID=$$ exec \"$0\"", try Products.path("site-v1")],
                environment: [
                    "LISTEN_FDS=2", "LISTEN_FDNAMES=web:web2", "NOTIFY_SOCKET=\(directory.path("notify"))",
                    "DEPLOYD_TLS=5", "DEPLOYD_TLS_LISTENERS=web2:other", "DEPLOYD_HANDOVER=6",
                    "DEPLOYD_RELEASE=\(directory.path("release"))",
                ],
                descriptors: [
                    (lanes[0].socket.number, 3), (lanes[1].socket.number, 4), (keys.number, 5), (port.number, 6),
                ])
        }

        private final class OwnLane {
            let socket: Socket
            init(_ socket: consuming Socket) { self.socket = socket }
        }

        private static func lane() throws -> OwnLane {
            let lane = try Socket.stream(.v4)
            try lane.set(.reusePort, to: true)
            try lane.bind(.v4(.loopback, port: 0))
            try lane.listen(backlog: 64)
            return OwnLane(lane)
        }

        func notification() throws -> Notification {
            guard try Poll.readable(notify.number, timeout: .seconds(60)), let message = try notify.receiveMessage()
            else { throw TestClient.Failure(text: "no notification: \(child.errors)") }
            return Notification(parsing: message.bytes)
        }
    }

    @Test("It speaks TLS on the listeners that it was told of, and says so")
    func speaks() throws {
        let worker = try Started(testKeys(TLSServingTests.certificate.get()).file())
        let ready = try worker.notification()
        #expect(ready.isReady)
        #expect(ready.terminatesTLS)
        #expect(ready.handoverVersion == 2)
        for (scheme, port) in zip(["http", "https"], worker.ports) {
            let got = try Child.run([Program.path("curl"), "-sk", "\(scheme)://localhost:\(port)/version"])
            #expect(got.output == "v1\n", "\(scheme): \(got.errors)")
        }
    }

    @Test("Keys that cannot be used are told of, and keep it from serving")
    func unusable() throws {
        for (bundle, words) in [
            (TLSKeys(certificates: [.init(chain: [1], key: [2])], ticketKeys: []), "1: its key cannot be read"),
            (TLSKeys(certificates: [], ticketKeys: []), "of another version of deployd"),
        ] {
            let worker = try Started(bundle.file())
            #expect(try worker.child.wait() == .exited(code: 1))
            #expect(worker.child.errors.contains(words), "\(worker.child.errors)")
        }
    }
}
