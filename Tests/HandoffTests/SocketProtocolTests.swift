import Handoff
import Linux
import Testing

@Suite("Protocols for inherited sockets")
struct SocketProtocolTests {
    private let sockets = [
        SocketProtocol.InheritedSocket(name: "web", address: .v4(.any, port: 80), descriptor: 3),
        SocketProtocol.InheritedSocket(name: "v6", address: .v6(.loopback, port: 8080, scope: 0), descriptor: 4),
        SocketProtocol.InheritedSocket(name: "local", address: .unix(path: "/run/a.sock"), descriptor: 5),
    ]
    private let worker = SocketProtocol.Recipient(
        generation: 7, slot: 2, master: 99, acknowledgeSocket: "/run/w7.einhorn")

    private func variables(_ way: SocketProtocol) -> [String: String] {
        Dictionary(uniqueKeysWithValues: way.variables(sockets, for: worker).map { ($0.name, $0.value) })
    }

    @Test("Each adds its own variables, in the form that its readers know")
    func variables() {
        #expect(variables(.listenFds) == [:])
        #expect(variables(.stdin) == [:])
        #expect(
            variables(.einhorn) == [
                "EINHORN_FD_COUNT": "3", "EINHORN_FD_0": "3", "EINHORN_FD_1": "4", "EINHORN_FD_2": "5",
                "EINHORN_FDS": "3 4 5", "EINHORN_MASTER_PID": "99", "EINHORN_CHILD_INDEX": "1",
                "EINHORN_SOCK_PATH": "/run/w7.einhorn",
            ])
        #expect(
            variables(.serverStarter) == [
                "SERVER_STARTER_PORT": "0.0.0.0:80=3;[::1]:8080=4;/run/a.sock=5", "SERVER_STARTER_GENERATION": "7",
            ])
        #expect(variables(.nginx) == ["NGINX": "3;4;5;"])
        #expect(variables(.fpm) == ["FPM_SOCKETS": "0.0.0.0:80=3,[::1]:8080=4,/run/a.sock=5"])
    }

    @Test("What a protocol adds is never taken over from the master's own environment")
    func doesNotLeak() {
        for way in SocketProtocol.allCases {
            for name in variables(way).keys { #expect(!WorkerEnvironment.isForWorkers(name), "\(name)") }
        }
    }

    @Test("Each has the drain signal of its servers")
    func drainSignals() {
        let signals = Dictionary(uniqueKeysWithValues: SocketProtocol.allCases.map { ($0.rawValue, $0.drainSignal) })
        #expect(
            signals == [
                "listen-fds": .term, "einhorn": .usr2, "server-starter": .term, "nginx": .quit, "fpm": .quit,
                "stdin": .term,
            ])
    }
}
