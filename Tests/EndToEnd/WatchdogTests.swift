import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The watchdog")
    struct WatchdogTests {
        @Test("A WebWorker gives signs of life; one that hangs is ended and replaced")
        func hangs() throws {
            let server = try Server(manifest: "watchdog: \"5s\"")
            let pids = try server.pids()
            let hanging = try #require(pids.first)
            try ProcessDescriptor(pid: hanging).send(.stop)
            try wait(for: "the worker to be replaced", upTo: .seconds(120)) {
                let now = try server.pids()
                return now.count == pids.count && !now.contains(hanging)
            }
            // The others were as old, and spoke.
            #expect(Set(pids.dropFirst()).isSubset(of: try server.pids()))
            #expect(
                server.master.errors.contains("did not say WATCHDOG=1 for 5 s, and was killed"),
                "\(server.master.errors)")
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("A release that says nothing goes back during its watch")
        func silent() throws {
            let server = try Server { releases in
                try releases.worker("mute", "--ready", manifest: "watch: \"60s\", watchdog: \"500ms\"")
            }
            let deploy = try server.deployd("deploy", "mute")
            #expect(deploy.status == .exited(code: 1))
            #expect(deploy.errors.contains("did not say WATCHDOG=1 for 500 ms"), "\(deploy.errors)")
            #expect(deploy.output.contains("v1 still serves"), "\(deploy.output)")
            try server.finish()
        }
    }
}
