import Handoff
import Linux
import Testing

@testable import Supervisor

@Suite("How a release is told of its sockets")
struct InheritTests {
    private func problems(_ manifest: String, listen addresses: [String] = ["127.0.0.1:80"]) throws -> [String] {
        let reading = Manifest.read(Array(manifest.utf8), directory: "/r", shownFile: "release.json")
        #expect(reading.problems == [])
        let listeners = try addresses.enumerated().map { index, text in
            ListenerSetting(name: index == 0 ? "web" : "admin", address: try #require(SocketAddress(parsing: text)))
        }
        return InheritCheck(manifest: reading.value, listeners: listeners, file: "f").problems.map(\.description)
    }

    @Test("Without a word it is LISTEN_FDS; each protocol brings its signal, and a signal in the file wins")
    func reads() throws {
        func manifest(_ text: String) throws -> Manifest {
            try Manifest.read(Array(text.utf8), directory: "/r", shownFile: "f").get()
        }
        #expect(try manifest("{ command: ['a'] }").inherit == .listenFds)
        for way in SocketProtocol.allCases {
            let plain = try manifest("{ command: ['a'], inherit: '\(way.rawValue)' }")
            #expect(plain.inherit == way)
            #expect(plain.drain.signal == way.drainSignal)
            #expect(plain.readiness == (way == .fpm ? .notify : .auto))
        }
        let own = try manifest("{ command: ['a'], inherit: 'nginx', drain: { signal: 'WINCH' } }")
        #expect(own.drain.signal == Signal(name: "WINCH"))
    }

    @Test("A word that is none is told with those there are")
    func refusesWords() {
        let problems = Manifest.read(
            Array("{ command: ['a'], inherit: 'systemd' }".utf8), directory: "/", shownFile: "f"
        ).problems
        #expect(
            problems.map(\.description) == [
                "f: inherit: found \"systemd\", expected \"listen-fds\", \"einhorn\", \"server-starter\", \"nginx\", "
                    + "\"fpm\" or \"stdin\""
            ])
    }

    @Test("Arguments take the numbers of the listeners that they name, and nothing else of them changes")
    func substitutes() {
        let sockets = [("web", 3), ("admin", 4)].map {
            SocketProtocol.InheritedSocket(name: $0.0, address: .v4(.any, port: 1), descriptor: Int32($0.1))
        }
        for (argument, expected) in [
            ("--fd={fd:web}", "--fd=3"), ("fd://{fd:admin},{fd:web}", "fd://4,3"), ("{fd:none}", "{fd:none}"),
            ("{fd:web", "{fd:web"), ("{fd}", "{fd}"), ("{ fd: web }", "{ fd: web }"), ("", ""),
            ("{fd:{fd:web}}", "{fd:{fd:web}}"),
        ] {
            #expect(DescriptorArguments.substitute(argument, sockets) == expected)
        }
        #expect(DescriptorArguments.names(in: "a{fd:x}b{fd:y}") == ["x", "y"])
    }

    @Test(
        "What does not go together is told",
        arguments: [
            (
                "{ command: ['a', '--fd', '{fd:wbe}'] }", ["127.0.0.1:80"],
                "f: command[2]: found {fd:wbe}, expected {fd:web}"
            ),
            (
                "{ command: ['a', '{fd:other}'] }", ["127.0.0.1:80", "127.0.0.1:81"],
                "f: command[1]: found {fd:other}, expected the name of a listener: {fd:web}, {fd:admin}"
            ),
            (
                "{ command: ['a'], inherit: 'stdin' }", ["127.0.0.1:80", "127.0.0.1:81"],
                "f: inherit: found \"stdin\" with 2 listeners, expected one listener: descriptor 0 is one socket"
            ),
            (
                "{ command: ['a'], inherit: 'nginx' }", ["unix:/a"],
                "f: inherit: found \"nginx\" with the listener unix:/a, expected listeners on TCP: nginx knows a socket "
                    + "by its address, and a unix socket's own name changes from one generation to the next"
            ),
            (
                "{ command: ['a'], inherit: 'server-starter' }", ["unix:@a"],
                "f: inherit: found \"server-starter\" with the listener unix:@a, expected listeners on TCP, or at a path"
            ),
            (
                "{ command: ['a'], inherit: 'fpm', readiness: 'probe' }", ["127.0.0.1:80"],
                "f: readiness: found \"probe\", expected \"notify\": with \"inherit\" \"fpm\" the workers speak FastCGI "
                    + "and answer no HTTP probe"
            ),
            (
                "{ command: ['a'], environment: { LISTEN_FDS: '2' } }", ["127.0.0.1:80"],
                "f: environment.LISTEN_FDS: found a variable that deployd sets, expected another name"
            ),
        ])
    func refuses(manifest: String, listen: [String], problem: String) throws {
        #expect(try problems(manifest, listen: listen) == [problem])
    }

    @Test("What goes together is let through")
    func accepts() throws {
        for way in SocketProtocol.allCases {
            #expect(try problems("{ command: ['a', '{fd:web}'], inherit: '\(way.rawValue)' }") == [])
        }
        #expect(try problems("{ command: ['a'], inherit: 'server-starter' }", listen: ["unix:/a", "[::]:80"]) == [])
        #expect(try problems("{ command: ['a'], inherit: 'einhorn' }", listen: ["unix:@a", "[::]:80"]) == [])
    }

    @Test("An ACK is known in both spellings of einhorn's clients")
    func knowsAcknowledgements() {
        for (line, expected) in [
            ("{\"command\":\"worker:ack\", \"pid\":812}", true), ("---%0Acommand: worker:ack%0Apid: 812%0A", true),
            ("---%0A\"command\": 'worker:ack'%0A", true), ("{\"command\":\"worker:ping\",\"pid\":1}", false),
            ("{\"pid\":1}", false), ("", false), ("worker:ack", false),
        ] {
            #expect(AcknowledgeSocket.isAcknowledgement(Array(line.utf8)) == expected, "\(line)")
        }
    }
}
