import Handoff
import Linux
import TestSupport
import Testing

@Suite("What master and worker say to each other")
struct MessageTests {
    @Test func `a worker whose lane lives on is told so`() {
        let message = ControlMessage.drain(requests: .seconds(1), upgrades: .seconds(2), laneIsLive: true)
        #expect(String(decoding: message.bytes, as: UTF8.self).contains("LANE=live\n"))
        #expect(ControlMessage(parsing: message.bytes) == message)
        #expect(
            ControlMessage(parsing: Array("DRAIN=1\nLANE=retired\n".utf8)) == .drain(requests: .zero, upgrades: .zero))
    }

    @Test("A drain goes there and back, to the microsecond")
    func drain() {
        let message = ControlMessage.drain(requests: .microseconds(30_000_001), upgrades: .seconds(300))
        #expect(
            String(decoding: message.bytes, as: UTF8.self)
                == "DRAIN=1\nREQUESTS_USEC=30000001\nUPGRADES_USEC=300000000\n")
        #expect(ControlMessage(parsing: message.bytes) == message)
    }

    @Test("Which connections are kept goes there and back", arguments: [0..<0, 0..<10_000, 1_000..<10_000])
    func share(lots: Range<Int>) {
        let message = ControlMessage.share(keeping: lots)
        #expect(
            String(decoding: message.bytes, as: UTF8.self) == "SHARE=1\nKEEP=\(lots.lowerBound) \(lots.upperBound)\n")
        #expect(ControlMessage(parsing: message.bytes) == message)
    }

    @Test(
        "Whose connections are spared goes there and back, nobody's too",
        arguments: [[], ["10.0.0.0/8"], ["192.0.2.7", "2001:db8::/32"]])
    func sparing(networks: [String]) {
        let message = ControlMessage.share(keeping: 0..<0, version: 2, sparing: networks)
        #expect(
            String(decoding: message.bytes, as: UTF8.self)
                == "SHARE=1\nKEEP=0 0\nVERSION=2\nSPARE=\(networks.joined(separator: " "))\n")
        #expect(ControlMessage(parsing: message.bytes) == message)
        #expect(ControlMessage(parsing: ControlMessage.share(keeping: 0..<0).bytes) != message)
        var ready = Notification()
        (ready.isReady, ready.sparesConnections) = (true, true)
        #expect(Notification(parsing: ready.bytes) == ready)
        #expect(!Notification(parsing: Array("READY=1\nDEPLOYD_SPARE=2\n".utf8)).sparesConnections)
    }

    @Test(
        "Lots that there are not are none",
        arguments: ["", "1", "1 2 3", "-1 5", "5 4", "0 10001", " 1 2", "1  2", "a b", "0 99999999999999999999"])
    func noLots(value: String) { #expect(ControlMessage(parsing: Array("SHARE=1\nKEEP=\(value)\n".utf8)) == nil) }

    @Test("Which version of the hand-over message may go goes there and back, and is 1 unless it is said")
    func versions() {
        let messages: [ControlMessage] = [
            .drain(requests: .seconds(1), upgrades: .seconds(2), laneIsLive: true, version: 2), .handOver(version: 2),
            .share(keeping: 0..<5, version: 2),
        ]
        for message in messages {
            #expect(String(decoding: message.bytes, as: UTF8.self).hasSuffix("\nVERSION=2\n"))
            #expect(ControlMessage(parsing: message.bytes) == message)
        }
        for text in ["", "0", "-2", "x", "99999999999999999999"] {
            #expect(ControlMessage(parsing: Array("HANDOVER=1\nVERSION=\(text)\n".utf8)) == .handOver())
        }
    }

    @Test("New keys are told as the contract says")
    func tls() {
        #expect(String(decoding: ControlMessage.tls.bytes, as: UTF8.self) == "TLS=1\n")
        #expect(ControlMessage(parsing: ControlMessage.tls.bytes) == .tls)
    }

    @Test(
        "What a worker says of hand-overs and TLS is bounded", arguments: ["", "0", "-1", "x", "99999999999999999999"])
    func handoverVersion(value: String) {
        #expect(!Notification(parsing: Array("READY=1\nDEPLOYD_HANDOVER=\(value)\n".utf8)).takesHandover)
        var said = Notification()
        said.handoverVersion = 2
        said.terminatesTLS = true
        #expect(String(decoding: said.bytes, as: UTF8.self) == "DEPLOYD_HANDOVER=2\nDEPLOYD_TLS=1\n")
        #expect(Notification(parsing: said.bytes) == said)
        #expect(said.takesHandover)
        let much = Notification(parsing: Array("DEPLOYD_HANDOVER=9223372036854775807\nDEPLOYD_TLS=2\n".utf8))
        #expect(much.handoverVersion == Notification.latestVersion)
        #expect(!much.terminatesTLS)
    }

    @Test("A message of a later version is none", arguments: ["", "DRAIN=0\n", "DRAIN=yes\n", "ROTATE=1\n", "DRAIN\n"])
    func unknown(text: String) { #expect(ControlMessage(parsing: Array(text.utf8)) == nil) }

    @Test(
        "A drain whose times are missing, negative or no number gives no time",
        arguments: ["", "-1", "1e3", "99999999999999999999"])
    func times(value: String) {
        let text = "DRAIN=1\nREQUESTS_USEC=\(value)\nUPGRADES_USEC=5\n"
        #expect(ControlMessage(parsing: Array(text.utf8)) == .drain(requests: .zero, upgrades: .microseconds(5)))
    }

    @Test("A notification goes there and back")
    func notification() {
        var all = Notification()
        all.isReady = true
        all.isStopping = true
        all.isAlive = true
        all.status = "serving"
        all.timeoutExtension = .seconds(5)
        all.level = 2
        #expect(
            String(decoding: all.bytes, as: UTF8.self)
                == "READY=1\nSTOPPING=1\nWATCHDOG=1\nSTATUS=serving\nEXTEND_TIMEOUT_USEC=5000000\nDEPLOYD_LEVEL=2\n")
        #expect(Notification(parsing: all.bytes) == all)
        #expect(Notification(parsing: []) == Notification())
    }

    @Test(
        "What is no readiness is none", arguments: ["READY=0", "READY=", "ready=1", "READY=1 ", "XREADY=1", "READY=11"])
    func notReady(text: String) { #expect(!Notification(parsing: Array(text.utf8)).isReady) }

    @Test("What systemd's own words say is passed over")
    func others() {
        let text = "MAINPID=7\nREADY=1\nFDSTORE=1\nBARRIER=1\nEXTEND_TIMEOUT_USEC=infinity\nDEPLOYD_LEVEL=two"
        var expected = Notification()
        expected.isReady = true
        #expect(Notification(parsing: Array(text.utf8)) == expected)
    }

    @Test("No worker's duration reaches beyond what an instant can bear, and no status fills a screen")
    func bounds() {
        let text = "EXTEND_TIMEOUT_USEC=9223372036854775807\nWATCHDOG_USEC=9223372036854775807\nSTATUS="
        let said = Notification(parsing: Array((text + String(repeating: "x", count: 3000)).utf8))
        #expect(said.timeoutExtension == Notification.longestExtension)
        #expect(said.watchdogLimit == Notification.longestSilence)
        #expect(said.status?.utf8.count == Notification.longestStatus)
        #expect(Notification(parsing: Array("EXTEND_TIMEOUT_USEC=-5\n".utf8)).timeoutExtension == nil)
    }

    @Test("A notification reaches the socket that NOTIFY_SOCKET names, with its sender")
    func send() throws {
        let directory = try TemporaryDirectory()
        for (name, address) in [
            (directory.path("n"), SocketAddress.unix(path: directory.path("n"))),
            ("@\(directory.path)", .abstract(name: directory.path)),
        ] {
            let socket = try Socket.datagram(.unix)
            try socket.set(.passCredentials, to: true)
            try socket.bind(address)
            var ready = Notification()
            ready.isReady = true
            _ = try ready.send(to: name)
            let message = try #require(try socket.receiveMessage())
            #expect(Notification(parsing: message.bytes) == ready)
            #expect(message.sender?.pid == ThisProcess.pid)
        }
        #expect(throws: SystemError.self) { try Notification().send(to: directory.path("nobody")) }
    }

    @Test("Nothing of a supervisor's own environment is left to workers")
    func environment() {
        for name in [
            "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "NOTIFY_SOCKET", "FDSTORE", "WATCHDOG_USEC",
            "MAINPID", "STATE_DIRECTORY", "DEPLOYD_CONFIG", "EINHORN_FD_0", "SERVER_STARTER_PORT", "NGINX",
            "FPM_SOCKETS", "FPM_SOCKETS_1", "GUNICORN_FD", "PUMA_INHERIT_0",
        ] {
            #expect(!WorkerEnvironment.isForWorkers(name), "\(name)")
        }
        for name in ["PATH", "LANG", "PORT", "GUNICORN_CMD_ARGS", "NODE_ENV", "CREDENTIALS_DIRECTORY"] {
            #expect(WorkerEnvironment.isForWorkers(name), "\(name)")
        }
    }
}
