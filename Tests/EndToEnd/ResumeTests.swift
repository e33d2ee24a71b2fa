import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A master that is killed")
    struct ResumeTests {
        @Test("A worker that is started again after a kill has every listener, shared ones too")
        func sharedAfterKill() throws {
            let server = try Server(listen: ["127.0.0.1:0", "unix:@deployd-test-\(ThisProcess.pid)-shared"])
            #expect(try server.status().listeners.map(\.steering.rawValue) == ["lanes", "shared"])
            try server.killMaster()
            try server.startAgain()
            let before = try server.pids()
            _ = try ProcessDescriptor(pid: try #require(before.first)).send(.kill)
            let pid = try wait(for: "another worker", upTo: .seconds(60)) {
                let pids = try server.pids()
                return pids.count == 2 ? pids.first { !before.contains($0) } : nil
            }
            try wait(for: "its two sockets", upTo: .seconds(60)) {
                String(decoding: try Files.read("/proc/\(pid)/environ"), as: UTF8.self).contains("LISTEN_FDS=2\0")
            }
            try server.finish()
        }

        @Test(
            "is followed by one that goes on with the same workers, and no request fails", arguments: [false, true],
            [false, true])
        func goesOn(midDeploy: Bool, andKeeper: Bool) throws {
            let server = try Server(manifest: "drain: { requests: \"5s\" }")
            let load = try Load(.close, at: try server.address())
            let kept = try Load(.keepalive, at: try server.address())
            for number in 1...4 {
                let before = try server.status()
                let pids = try server.pids(of: before.serving)
                let deploy = midDeploy ? try server.begin("deploy", number % 2 == 1 ? "v2" : "v1") : nil
                if midDeploy {
                    try wait(for: "the deploy to begin", until: { try server.currentStatus()?.deployment != nil })
                }
                try server.killMaster(andKeeper: andKeeper)
                _ = try deploy?.wait()
                try server.startAgain()
                let after = try server.status()
                #expect(after.deployment == nil || midDeploy)
                if !midDeploy {
                    #expect(after.serving == before.serving)
                    #expect(try server.pids(of: after.serving) == pids)
                }
                try wait(for: "the deploy to be finished or undone", until: { try server.status().deployment == nil })
            }
            // What the workers count, whoever started them, is seen by the master that goes on.
            let generations = try server.status().generations
            #expect(generations.allSatisfy { $0.scoreboard != nil }, "\(generations)")
            try server.deploy("v2")
            try load.end().expectPerfect("a connection a request over four kills")
            try kept.end().expectPerfect("kept connections over four kills")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("and its keeper with it, is followed by one that takes the lanes from the workers, and no request fails")
        func takesLanes() throws {
            let server = try Server(
                listen: ["127.0.0.1:0", "unix:web.sock", "unix:@deployd-test-\(ThisProcess.pid)-taken"])
            let listeners = try server.status().listeners
            let loads =
                try listeners.map { try Load(.close, at: $0.address, connections: 8) }
                + listeners.map { try Load(.keepalive, at: $0.address, connections: 8) }
            for number in 1...4 {
                let before = try server.status()
                let pids = try server.pids()
                try server.killMaster(andKeeper: true)
                try server.startAgain()
                let after = try server.status()
                #expect(after.serving == before.serving)
                #expect(try server.pids() == pids)
                #expect(after.listeners.map(\.address) == listeners.map(\.address))
                // The lane of the generation before is free by now, and is lost with the next kill.
                try server.deploy(number % 2 == 1 ? "v2" : "v1")
                try server.waitUntilDrained()
            }
            for load in loads { try load.end().expectPerfect("four kills of master and keeper") }
            try server.finish()
            #expect(try server.keeper() == nil)
        }

        @Test("and its keeper with it, is followed by one that goes on with the one worker that is left")
        func oneWorkerLeft() throws {
            let server = try Server(listen: ["127.0.0.1:0", "unix:web.sock"])
            try server.deploy("v2")
            try server.waitUntilDrained()
            let pids = try server.pids()
            try server.killMaster(andKeeper: true)
            for pid in pids.dropFirst() { _ = try ProcessDescriptor(pid: pid).send(.kill) }
            let address = "unix:\(server.directory.path("web.sock"))"
            try server.startAgain()
            #expect(try server.status().serving == 2)
            try wait(for: "another worker for the one that was killed", upTo: .seconds(60)) {
                try server.pids().count == pids.count
            }
            #expect(try server.pids().contains(try #require(pids.first)))
            let load = try Load(.close, at: address, connections: 4)
            try server.deploy("v1")
            try load.end().expectPerfect("a deploy after the kill")
            try server.finish()
        }

        @Test(
            "and its keeper with it, is followed by one that says so when the workers cannot be traced"
        )
        func untraceable() throws {
            guard ThisProcess.uid == 0 else { return skipped("untraceable", because: "it needs another user") }
            let server = try Server(settings: "release: \"releases/private\"", user: 65534) { releases in
                try releases.worker("private", "--untraceable", "--ready", "--body", "private\\n")
            }
            let address = try server.address()
            let pids = try server.pids()
            try server.killMaster(andKeeper: true)
            let refused = try server.deployd("start")
            #expect(refused.status == .exited(code: 1))
            let list = pids.sorted().map { "\($0)" }.joined(separator: " ")
            for words in ["workers of an earlier master (pid \(list))", "as root, or end them first: kill \(list)"] {
                #expect(refused.errors.contains(words), "\(refused.errors)")
            }
            #expect(try server.get("/", from: address) == "private\n")
            for pid in pids { _ = try ProcessDescriptor(pid: pid).send(.kill) }
            try server.startAgain()
            #expect(try server.get("/") == "private\n")
            try server.finish()
        }

        @Test("leaves workers whose crashes its successor answers")
        func respawns() throws {
            let server = try Server()
            let address = try server.address()
            try server.killMaster()
            let pids = try server.workersLeft()
            #expect(pids.count == 2)
            for pid in pids { _ = try ProcessDescriptor(pid: pid).send(.kill) }
            try server.startAgain()
            #expect(try server.address() == address)
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("leaves nothing to go on with when the whole machine went: its successor starts anew")
        func startsAnew() throws {
            let server = try Server()
            let keeper = try #require(try server.keeper())
            let pids = try server.pids()
            for pid in [server.master.pid, keeper] + pids { _ = try ProcessDescriptor(pid: pid).send(.kill) }
            _ = try server.master.wait()
            try wait(for: "the workers to go", until: { try server.workersLeft().isEmpty })
            try server.startAgain()
            #expect(try server.get("/version") == "v1\n")
            #expect(try server.status().serving == 2)
            try server.finish()
        }

        @Test("can lose its keeper, and the next master still goes on")
        func keeperDies() throws {
            let server = try Server()
            let keeper = try #require(try server.keeper())
            // It is there before it has been given the lanes.
            func held(_ keeper: Int32) throws -> Int { try Files.list("/proc/\(keeper)/fd").count }
            let lanes = try held(keeper)
            _ = try ProcessDescriptor(pid: keeper).send(.kill)
            try wait(for: "another keeper with the lanes") {
                guard let next = try server.keeper(), next != keeper else { return false }
                return try held(next) == lanes
            }
            try server.killMaster()
            try server.startAgain()
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
            #expect(try server.keeper() == nil)
        }
    }
}
