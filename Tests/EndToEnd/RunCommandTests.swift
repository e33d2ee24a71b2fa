import Linux
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A command that a person runs")
    struct RunCommandTests {
        @Test("is as the workers that serve: their user, and the variables that they were started with")
        func serving() throws {
            guard ThisProcess.uid == 0 else { return skipped("serving", because: "another user needs root") }
            let server = try Server(
                workers: 1, settings: "user: \"nobody\"", ownProgram: true, environment: ["FROM_MASTER=yes"])
            let program = server.directory.path("bin/deployd")
            let rest = ["--config", server.directory.path("deployd.json"), "run"]
            let tell = ["sh", "-c", "id -un; echo $FROM_MASTER; echo $DEPLOYD_GENERATION; basename $DEPLOYD_RELEASE"]
            #expect(try Child.run([program] + rest + tell).output == "nobody\nyes\n1\nv1\n")
            try server.deploy("v2")
            #expect(try Child.run([program] + rest + tell).output == "nobody\nyes\n2\nv2\n")
            let other = ["--release", server.directory.path("releases/v1")] + tell
            #expect(try Child.run([program] + rest + other).output == "nobody\nyes\n\nv1\n")
            try server.finish()
        }
    }
}
