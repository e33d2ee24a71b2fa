import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A stop")
    struct StopTests {
        private func slowRequest(_ milliseconds: Int, of server: Server) throws -> Child {
            let request = try Child([
                try Program.path("curl"), "--silent", "--fail",
                "http://\(try server.address())/slow?ms=\(milliseconds)",
            ])
            try wait(for: "the slow request to arrive") {
                try server.status().generations.contains { ($0.scoreboard?.inFlight ?? 0) > 0 }
            }
            return request
        }

        @Test("says what it waits for and until when, and another terminal says that nothing is served any more")
        func waiting() throws {
            let server = try Server(manifest: "drain: { requests: \"2m\" }")
            let request = try slowRequest(8000, of: server)
            let stop = try server.begin("stop")
            try stop.wait(forOutput: "`deployd stop --now --config ")
            #expect(stop.output.contains("waiting for generation 1 (v1): 1 request in flight, deadline in "))
            let status = try server.deployd("status").output
            #expect(status.hasPrefix("nothing serves\n"))
            #expect(status.contains("the master is stopping") && !status.contains("deployd restart"), "\(status)")
            let start = try server.deployd("start")
            #expect(start.status == .exited(code: 1))
            #expect(start.errors.contains("it is stopping already"), "\(start.errors)")
            #expect(try request.wait() == .exited(code: 0))
            #expect(try stop.wait() == .exited(code: 0))
            try server.finishGone()
        }

        /// What becomes of somebody who tries to connect now.
        private enum Fate { case accepted, refused, unanswered }

        private func knock(at address: SocketAddress) throws -> Fate {
            let user = try Socket.stream(address.family)
            do throws(SystemError) {
                if try user.connect(address) == .connected { return .accepted }
                guard try Poll.writable(user.number, timeout: .milliseconds(100)) else { return .unanswered }
                guard let errno = try user.takeError() else { return .accepted }
                guard errno == .connectionRefused else { throw SystemError(call: "connect", errno: errno) }
                return .refused
            } catch {
                // A unix socket whose queue is full.
                if error.errno == .wouldBlock { return .unanswered }
                guard error.errno == .connectionRefused else { throw error }
                return .refused
            }
        }

        @Test(
            "soon refuses whoever comes, and answers the requests that are under way", arguments: [false, true])
        func refusing(afterDeploy: Bool) throws {
            let server = try Server(manifest: "drain: { requests: \"2m\" }")
            if afterDeploy {
                try server.deploy("v2")
                try server.waitUntilDrained()
            }
            let address = try #require(SocketAddress(parsing: try server.address()))
            let request = try slowRequest(8000, of: server)
            let stop = try server.begin("stop")
            try stop.wait(forOutput: "waiting for generation")
            // Until then nobody is let in either: he would wait for nothing.
            try wait(for: "the first who is refused", upTo: .seconds(5)) {
                let fate = try knock(at: address)
                #expect(fate != .accepted)
                return fate != .unanswered
            }
            for _ in 1...30 {
                #expect(try knock(at: address) == .refused)
                _ = try Poll.readable(anyOf: [], timeout: .milliseconds(50))
            }
            #expect(try request.status() == nil, "it was refused while the request was under way")
            #expect(try request.wait() == .exited(code: 0))
            #expect(try stop.wait() == .exited(code: 0), "\(stop.errors)")
            try server.finishGone()
        }

        @Test("refuses who comes to a unix listener: by a path at once, by an abstract name soon")
        func refusingUnix() throws {
            let name = "deployd-test-\(ThisProcess.pid)-refused"
            let server = try Server(
                listen: ["127.0.0.1:0", "unix:web.sock", "unix:@\(name)"], manifest: "drain: { requests: \"2m\" }")
            let address = try #require(SocketAddress(parsing: try server.address(2)))
            let request = try slowRequest(6000, of: server)
            let stop = try server.begin("stop")
            try stop.wait(forOutput: "waiting for generation")
            try wait(for: "the path to be removed") { Files.kind(server.directory.path("web.sock")) == nil }
            try wait(for: "the first who is refused", upTo: .seconds(5)) { try knock(at: address) == .refused }
            #expect(try request.status() == nil, "he was refused while the request was under way")
            #expect(try request.wait() == .exited(code: 0))
            #expect(try stop.wait() == .exited(code: 0), "\(stop.errors)")
            try server.finishGone()
        }

        @Test("during a deploy ends it: its terminal says why, and that nothing serves")
        func duringDeploy() throws {
            let server = try Server(watch: "10m", manifest: "drain: { requests: \"2m\" }")
            let deploy = try server.begin("deploy", "v2")
            try wait(for: "the watch") { try server.status().deployment?.step == .watching }
            let stop = try server.begin("stop")
            #expect(try deploy.wait() == .exited(code: 1))
            #expect(deploy.errors == "deployd: deploy of v2 failed: the master was stopped\n")
            #expect(deploy.output.hasSuffix("nothing serves now\n"), "\(deploy.output)")
            #expect(try stop.wait() == .exited(code: 0), "\(stop.errors)")
            try server.finishGone()
            let last = try #require(try server.history().last)
            #expect(last.outcome == .failed && last.reason == "the master was stopped", "\(last)")
        }

        @Test("while an old generation drains names both generations")
        func whileDraining() throws {
            let server = try Server(manifest: "drain: { requests: \"2m\" }")
            let request = try slowRequest(6000, of: server)
            try server.deploy("v2")
            let stop = try server.begin("stop")
            #expect(try request.wait() == .exited(code: 0))
            #expect(try stop.wait() == .exited(code: 0), "\(stop.errors)")
            #expect(
                stop.output.contains("waiting for generation 1 (v1): 1 request in flight, deadline in "),
                "\(stop.output)")
            #expect(stop.output.contains("waiting for generation 2 (v2): "), "\(stop.output)")
            for gone in ["generation 1 (v1) is gone\n", "generation 2 (v2) is gone\n"] {
                #expect(stop.output.occurrences(of: gone) == 1, "\(stop.output)")
            }
            try server.finishGone()
        }

        @Test(
            "waits for a worker that hangs as long as its release says, and not longer", arguments: ["stop", "SIGTERM"])
        func hung(way: String) throws {
            let server = try Server(manifest: "drain: { requests: \"1s\", upgrades: \"10m\" }")
            _ = try ProcessDescriptor(pid: try #require(try server.pids().first)).send(.stop)
            let stop = way == "stop" ? try server.begin("stop") : nil
            if stop == nil { try server.master.send(.term) }
            // Its second, two for the exit, and not a drain's default of thirty.
            #expect(try server.master.wait(upTo: .seconds(15)) == .exited(code: 0))
            if let stop { #expect(try stop.wait() == .exited(code: 0), "\(stop.errors)") }
            try server.finishGone()
        }

        @Test("without a master ends what the last one left, and status and check name it before")
        func withoutMaster() throws {
            let server = try Server()
            let pids = try server.pids()
            let request = try slowRequest(1500, of: server)
            try server.killMaster()
            let status = try server.deployd("status")
            #expect(status.status == .exited(code: 69))
            for text in [status.errors, try server.deployd("check").output] {
                #expect(text.contains("no master runs, but the last one left 2 workers of v1 (pids "), "\(text)")
                #expect(text.contains("`deployd stop --config "), "\(text)")
            }
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 0), "\(stop.errors)")
            #expect(try request.wait() == .exited(code: 0), "the request that was under way was answered")
            #expect(try server.workersLeft() == [], "\(pids)")
            #expect(try server.keeper() == nil)
            let again = try server.deployd("stop")
            #expect(again.status == .exited(code: 69) && again.errors.contains("no master listens on"))
            try server.finishGone(isMasterKilled: true)
        }

        @Test("without a master ends what is left though the configuration is broken")
        func brokenConfiguration() throws {
            let server = try Server()
            try server.killMaster()
            try server.configure("nonsense: true")
            let start = try server.deployd("start")
            #expect(start.status == .exited(code: 1), "what serves is not given up: the start may be tried again")
            #expect(try server.deployd("stop").status == .exited(code: 0))
            #expect(try server.workersLeft() == [])
            #expect(try server.keeper() == nil)
            let permanent = try server.deployd("start")
            #expect(permanent.status == .exited(code: 78), "\(permanent.errors)")
            try server.finishGone(isMasterKilled: true)
        }

        @Test("without a master resets nobody, whatever has become of the configuration", arguments: [false, true])
        func brokenUnderLoad(isBroken: Bool) throws {
            let server = try Server()
            let load = try Load(.close, at: try server.address(), connections: 8)
            try wait(for: "the load") { try server.status().generations.first?.scoreboard?.requests ?? 0 > 1000 }
            try server.killMaster()
            if isBroken { try server.configure("", listen: "5") }
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 0), "\(stop.errors)")
            #expect(stop.errors.contains("listen[0]: found 5, expected an address") == isBroken, "\(stop.errors)")
            let report = try load.end()
            #expect(report.answered > 0)
            for kind in ["reset", "closedFresh", "truncated"] {
                #expect(report.failures[kind] ?? 0 == 0, "\(report.failures)")
            }
            try server.finishGone(isMasterKilled: true)
        }

        @Test("with SIGUSR1 before it is none: who leaves has heard enough")
        func leaving() throws {
            let server = try Server()
            let pids = try server.pids()
            // Both wait for a master that hangs, as systemd sends them.
            try server.master.send(.stop)
            try server.master.send(.term)
            try server.master.send(.usr1)
            try server.master.send(.cont)
            #expect(try server.master.wait() == .exited(code: 0))
            try server.startAgain()
            #expect(try server.pids() == pids)
            try server.finish()
        }
    }

    @Suite("A master whose files are removed")
    struct PresenceTests {
        @Test("makes its control socket anew, and the whole state directory")
        func removed() throws {
            let server = try Server()
            let before = try server.keeper()
            try Files.unlink("\(server.state)/control.sock")
            try wait(for: "the control socket") { try server.currentStatus() != nil }
            try Files.rename(server.state, to: server.directory.path("swept"))
            try wait(for: "the master to be found", upTo: .seconds(60)) { try server.currentStatus() != nil }
            let second = try server.deployd("start")
            #expect(second.status == .exited(code: 1))
            #expect(second.errors.contains("another master (pid \(server.master.pid)) runs"), "\(second.errors)")
            try wait(for: "another keeper, which is found") {
                try server.keeper() != before && Files.kind("\(server.state)/keeper.sock") == .socket
            }
            let old = ObservedProcess(pid: try #require(before))
            try wait(for: "the end of the old keeper") { old.state == nil }
            let pids = try server.pids()
            try server.killMaster()
            try server.startAgain()
            #expect(try server.pids() == pids)
            try server.deploy("v2")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("has a keeper with a name, which is replaced at an upgrade, and no request fails")
        func keeper() throws {
            let server = try Server(ownProgram: true)
            let program = try #require(try server.status().master.program)
            let before = try #require(try server.keeper())
            let name = { (pid: Int32) in String(decoding: try Files.read("/proc/\(pid)/comm"), as: UTF8.self) }
            #expect(try name(before) == "deployd-keeper\n")
            let load = try Load(.close, at: try server.address())
            try Repository.copy(try Products.path("deployd"), to: "\(program).new")
            try Files.rename("\(program).new", to: program)
            try server.deployd("upgrade")
            let after = try wait(for: "another keeper") {
                try server.keeper().flatMap { $0 == before ? nil : $0 }
            }
            #expect(try Files.readLink("/proc/\(after)/exe") == program)
            let pids = try server.pids()
            try server.killMaster()
            try server.startAgain()
            #expect(try server.pids() == pids)
            try server.deploy("v2")
            try load.end().expectPerfect("an upgrade with another keeper, and a kill")
            try server.finish()
        }
    }

    @Suite("A machine that goes down")
    struct PowerCutTests {
        @Test("in the middle of a watch leaves a line in the history, and the release of before serves")
        func midWatch() throws {
            let server = try Server(watch: "10m")
            let deploy = try server.begin("deploy", "v2")
            try wait(for: "the watch", upTo: .seconds(60)) { try server.status().deployment?.step == .watching }
            try server.killMaster(andKeeper: true)
            for pid in try server.workersLeft() { _ = try ProcessDescriptor(pid: pid).send(.kill) }
            #expect(try deploy.wait() == .exited(code: 70))
            #expect(deploy.errors.contains("; the outcome is unknown: see `deployd status"), "\(deploy.errors)")
            try wait(for: "the end of the workers") { try server.workersLeft() == [] }
            // What a boot changes for the next master: the name of the boot.
            let path = "\(server.state)/state.json"
            let text = String(decoding: try Files.read(path), as: UTF8.self)
            try Files.replace(path, with: Array(text.replacing(ThisProcess.bootID, with: "another").utf8))
            try server.startAgain()
            #expect(try server.get("/version") == "v1\n")
            let lost = try #require(try server.history().last { $0.verb == "deploy" })
            #expect(lost.outcome == .failed && lost.to.hasSuffix("/v2"))
            #expect(lost.reason == "the machine went down before the deploy was done")
            try server.finish()
        }
    }

    @Suite("The first process of a container")
    struct FirstProcessTests {
        @Test("reaps who is nobody's child, and is stopped from outside")
        func orphans() throws {
            guard ThisProcess.uid == 0 else { return skipped("orphans", because: "only root may make a pid namespace") }
            let server = try Server()
            try server.finish()
            let words = [try Program.path("unshare"), "--pid", "--fork", "--mount-proc", "--kill-child"]
            let container = try Child(words + server.command(["start"]))
            let status = try wait(for: "the master", upTo: .seconds(60)) {
                if let ended = try container.status() { throw StartFailed(description: "\(ended) \(container.errors)") }
                return try server.currentStatus()?.serving == nil ? nil : try server.status()
            }
            #expect(status.master.pid == 1)
            let all = try ThisProcess.processes()
            let master = try #require(all.first { ProcessStatus(of: $0)?.parent == container.pid })
            // A child of a shell that is gone when it ends itself.
            try Child.expect([
                try Program.path("nsenter"), "--target", "\(master)", "--pid", "sh", "-c",
                "(sleep 0.2; exec sleep 0.2) >/dev/null 2>&1 & exit 0",
            ])
            try wait(for: "the orphan to be reaped") {
                try ThisProcess.processes().filter { ProcessStatus(of: $0)?.parent == master }
                    .allSatisfy { pid in
                        let name = try? Files.read("/proc/\(pid)/comm")
                        return ProcessStatus(of: pid)?.isZombie != true && name != Array("sleep\n".utf8)
                    }
            }
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 0), "\(stop.errors)")
            #expect(stop.output.contains("stopped (master \(master) is gone)"), "\(stop.output)")
            #expect(try container.wait() == .exited(code: 0), "\(container.errors)")
            try server.finishGone(isMasterKilled: true)
        }
    }
}

extension ThisProcess {
    fileprivate static func processes() throws -> [Int32] { try Files.list("/proc").compactMap { Int32($0) } }
}
