import Linux
import Supervisor
import TestSupport

/// A master that does nothing but answer as the test tells it, for commands that run as processes of their own.
final class StubMaster {
    /// What becomes of the requests.
    typealias Script = (StubMaster, ControlRequestReceived) throws -> Void

    /// How a command ended, and all that it wrote.
    struct Answer {
        let status: ExitStatus
        let output: String
        let errors: String
    }

    let directory: TemporaryDirectory
    private var epoll: Epoll
    private var server: ControlServer
    private(set) var commands: [ControlCommand] = []
    private(set) var departures = 0
    var script: Script = { _, _ in }

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("deployd.json", "{ state: 'state' }")
        try Files.makeDirectory(directory.path("state"))
        epoll = try Epoll()
        server = try ControlServer(
            at: ControlSocketFile.path(in: directory.path("state")),
            access: ControlAccess(owner: ThisProcess.uid, group: nil), baseToken: 1 << 48, on: epoll)
    }

    func send(_ event: ControlEvent, to client: ControlClientID) {
        server.send(event, to: client, on: epoll, at: MonotonicClock.now())
    }

    /// Takes up what clients sent until now.
    func turn() throws {
        let count = try epoll.wait(timeout: .milliseconds(2))
        for index in 0..<count {
            for input in server.handleReady(epoll.ready(index), on: epoll, at: MonotonicClock.now()) {
                switch input {
                case .request(let request):
                    commands.append(request.command)
                    try script(self, request)
                case .abandoned, .gone: departures += 1
                }
            }
        }
    }

    /// Starts the built command with this master's configuration.
    func start(_ arguments: [String]) throws -> Child {
        try Child(try Self.command(arguments, directory: directory))
    }

    /// The built command with the configuration of a test's directory.
    static func command(_ arguments: [String], directory: TemporaryDirectory) throws -> [String] {
        [try Products.path("deployd"), "--config", directory.path("deployd.json")] + arguments
    }

    /// Serves until the command has ended.
    func serve(_ child: Child) throws -> Answer {
        var status: ExitStatus?
        try wait(for: "the end of the command") {
            try turn()
            status = try child.status()
            return status != nil
        }
        return Answer(status: status ?? .exited(code: -1), output: child.output, errors: child.errors)
    }

    /// Runs the command to its end.
    func run(_ arguments: String...) throws -> Answer {
        try serve(try start(arguments))
    }
}
