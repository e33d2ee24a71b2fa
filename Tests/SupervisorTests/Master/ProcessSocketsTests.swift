import Handoff
import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("The sockets of kinds of processes")
struct ProcessSocketsTests {
    private let place: TemporaryDirectory
    private let directory: StateDirectory
    private let keeper = LaneKeeper(at: nil)
    private let sockets: ProcessSockets
    private let first = GenerationNumber(rawValue: 1)
    private let second = GenerationNumber(rawValue: 2)

    init() throws {
        place = try TemporaryDirectory()
        directory = StateDirectory(root: place.path, runtime: place.path)
        sockets = ProcessSockets(directory, keeper: keeper)
    }

    private func process(
        _ name: String, _ socket: Manifest.Process.SocketRule, inherit: SocketProtocol = .listenFds
    ) -> RunnableProcess {
        RunnableProcess(
            ResolvedProcess(
                name: name, executable: "/bin/true", arguments: ["true", "{socket}", "{port}"], environment: [:],
                socket: socket, inherit: inherit, drainSignal: .term),
            like: LaunchOrder(executable: "/bin/web", arguments: ["web"], environment: [], directory: "/"))
    }

    @Test("A socket listens for its generation, and is gone with it")
    func listens() throws {
        var processes = [process("app", .listen), process("jobs", .nowhere)]
        try sockets.open(&processes, for: first, owner: nil, taken: [])
        try sockets.open(&processes, for: second, owner: nil, taken: [])
        let path = place.path("g1-app.sock")
        #expect(processes[0].address(in: first, directory) == .unix(path: path))
        #expect(processes[1].address(in: first, directory) == nil)
        #expect(try Files.status(path).mode & 0o777 == 0o600)
        let client = try Socket.stream(.unix)
        _ = try client.connect(.unix(path: path))
        #expect(sockets.number(of: "app", in: first) != nil)
        #expect(sockets.number(of: "jobs", in: first) == nil)
        #expect(keeper.lanes.map(\.name) == [".process.app/1", ".process.app/2"])
        sockets.release(first)
        #expect(keeper.lanes.map(\.name) == [".process.app/2"])
        #expect(try Files.list(place.path) == ["g2-app.sock"])
    }

    @Test("php-fpm, which takes \"would block\" for the end, has a socket that blocks, the others one that does not")
    func blocks() throws {
        var processes = [process("app", .listen), process("php", .listen, inherit: .fpm)]
        try sockets.open(&processes, for: first, owner: nil, taken: [])
        for (name, isBlocking) in [("app", false), ("php", true)] {
            let number = try #require(sockets.number(of: name, in: first))
            let text = String(decoding: try Files.read("/proc/self/fdinfo/\(number)"), as: UTF8.self)
            let flags = try #require(
                text.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last)
            // O_NONBLOCK. Source: fcntl.h of x86-64 and arm64.
            #expect((try #require(Int(flags, radix: 8)) & 0o4000 == 0) == isBlocking)
        }
    }

    @Test("Another master takes over what lives, and takes the rest away")
    func recovers() throws {
        var processes = [process("app", .listen), process("own", .path)]
        try sockets.open(&processes, for: first, owner: nil, taken: [])
        try sockets.open(&processes, for: second, owner: nil, taken: [])
        try place.write("g7-note.txt", "")
        // Any socket will do here.
        let kept = try [".process.app": [1: Socket.Box(.stream(.unix)), 2: Socket.Box(.stream(.unix))]]
        let next = ProcessSockets(directory, keeper: keeper)
        next.recover(kept, living: [second])
        #expect(next.number(of: "app", in: first) == nil)
        #expect(next.number(of: "app", in: second) != nil)
        #expect(try Files.list(place.path) == ["g2-app.sock", "g2-own"])
    }

    @Test("A program that makes its socket itself has a directory, and what a dead one left is taken away")
    func directories() throws {
        var processes = [process("own", .path)]
        try sockets.open(&processes, for: first, owner: ThisProcess.uid, taken: [])
        #expect(try Files.status(place.path("g1-own")).mode & 0o777 == 0o700)
        #expect(processes[0].address(in: first, directory) == .unix(path: place.path("g1-own/own.sock")))
        try place.write("g1-own/own.sock", "")
        sockets.clear("own", in: first)
        #expect(try Files.list(place.path("g1-own")) == [])
        sockets.release(first)
        #expect(try Files.list(place.path) == [])
    }

    @Test("Ports are given once among the generations that live")
    func ports() throws {
        var taken: Set<UInt16> = []
        for _ in 1...50 {
            var processes = [process("a", .port), process("b", .port)]
            try sockets.open(&processes, for: first, owner: nil, taken: taken)
            for process in processes {
                #expect(taken.insert(try #require(process.port)).inserted)
                #expect(process.address(in: first, directory)?.port == process.port)
            }
        }
    }

    @Test("What processes are told of the kinds")
    func tells() throws {
        var processes = [process("app", .listen), process("back-end", .port)]
        try sockets.open(&processes, for: first, owner: nil, taken: [])
        let port = try #require(processes[1].port)
        let all = processes.compactMap { one in one.address(in: first, directory).map { (name: one.name, address: $0) }
        }
        let path = place.path("g1-app.sock")
        let common = ["DEPLOYD_SOCKET_APP": "unix:\(path)", "DEPLOYD_SOCKET_BACK_END": "127.0.0.1:\(port)"]
        func told(_ own: RunnableProcess?) -> [String: String] {
            Dictionary(uniqueKeysWithValues: ProcessAddresses(all: all, own: own).variables.map { ($0.name, $0.value) })
        }
        #expect(told(nil) == common)
        #expect(told(processes[0]) == common.merging(["DEPLOYD_SOCKET": path]) { $1 })
        #expect(told(processes[1]) == common.merging(["PORT": "\(port)"]) { $1 })
        let words = ProcessAddresses(all: all, own: processes[1]).words
        for (argument, expected) in [
            ("--listen={port}", "--listen=\(port)"), ("{socket:app}", path),
            ("{socket:back-end}/x", "127.0.0.1:\(port)/x"), ("{socket}", "{socket}"), ("{{port}}", "{\(port)}"),
            ("{", "{"),
        ] {
            #expect(SocketArguments.substitute(argument, words) == expected)
        }
    }
}
