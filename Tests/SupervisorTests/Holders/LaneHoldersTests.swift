import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("Who holds an address")
struct LaneHoldersTests {
    /// Listens, and has three children that have the socket, too, and know nothing of whose they are.
    private static let server = """
        import os, socket, time
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        if os.getpid() != os.getsid(0): os.setsid()
        server = os.getpid()
        for _ in range(3):
            if os.fork() == 0: break
        else: print(listener.getsockname()[1], flush=True)
        while server in (os.getpid(), os.getppid()): time.sleep(0.05)
        """

    @Test("A server and its children are one worker, though none of them says whose it is")
    func leaders() throws {
        let scratch = try TemporaryDirectory()
        let child = try Child(try Program.python(Self.server))
        try child.wait(forOutput: "\n")
        let port = try #require(UInt16(child.output.prefix { $0.isNumber }))
        let address = SocketAddress.v4(.loopback, port: port)
        let kept = Set(ListenerRoll.inodes(at: address) ?? [])
        #expect(kept.count == 1)
        let directory = StateDirectory(root: scratch.path, runtime: scratch.path)
        let holders = LaneHolders(at: [address], directory, kept: kept)
        #expect(holders.workers.count == 4)
        #expect(holders.workers.leading.map(\.leader) == [child.pid])
        // Of a server that was killed the children are left: one of them is named.
        let others = holders.workers.filter { $0.pid != child.pid }
        #expect(others.leading.map(\.leader).count == 1)
        #expect(LaneHolders(at: [address], directory).otherDeployds == [])
        try child.send(.kill)
        _ = try child.wait()
    }

    @Test(
        "A master is told from a worker by its command",
        arguments: [
            (["/usr/local/bin/deployd", "start"], true), (["deployd", "--config", "/x.json", "start", "v1"], true),
            (["deployd", TrialRun.verb, "/state", "start"], true), (["deployd", Keeper.verb, "3", "/k"], false),
            (["deployd"], false), (["php-fpm", "start"], false), ([], false),
        ] as [([String], Bool)])
    func masters(words: [String], isOne: Bool) {
        #expect(LaneHolder.isMaster(words) == isOne)
    }

    @Test("Another deployd is known by its keeper's words, and its file by these or by the place")
    func others() throws {
        let scratch = try TemporaryDirectory()
        let (state, file) = (scratch.path(".deployd"), scratch.path("deployd.json"))
        func other(_ words: [String], isHere: Bool = true) -> OtherDeployd {
            OtherDeployd(runtime: state, keeper: words, isHere: isHere)
        }
        let keeper = ["deployd", Keeper.verb, "3", "\(state)/keeper.sock"]
        #expect(other(keeper).file == nil)
        #expect(other(keeper).remedy == "`deployd stop --config FILE`, with its own file, ends it")
        try scratch.write("deployd.json", "{}")
        #expect(other(keeper).file == file)
        #expect(other([]).file == file)
        #expect(other(keeper, isHere: false).file == nil)
        let service = other(keeper + ["site.service", "/srv/site/staging.json"])
        #expect(service.file == "/srv/site/staging.json")
        #expect(service.remedy == "`deployd stop --config /srv/site/staging.json` ends it")
        #expect(service.description == "another deployd (of /srv/site/staging.json, sockets in \(state))")
        #expect(service.way(to: "deploy v2") == "`deployd deploy v2 --config /srv/site/staging.json`")
        try scratch.write("deployd.json", "{ state: 'elsewhere' }")
        #expect(other(keeper).file == nil)
        #expect(other(keeper).way(to: "status") == "`cd \(scratch.path)`", "it runs by the defaults")
        #expect(other(keeper, isHere: false).way(to: "status") == nil)
        // The file of a master that runs, with another `state` by now.
        let remedy =
            "`state` in that has changed since: put it back, { state: \".deployd\" }, and `deployd stop --config "
        for words in [keeper, keeper + ["site.service", file]] {
            #expect(other(words).remedy.hasPrefix("if it was started with \(file), \(remedy)"), "\(other(words))")
        }
        #expect(other(keeper, isHere: false).remedy == "`deployd stop --config FILE`, with its own file, ends it")
    }
}
