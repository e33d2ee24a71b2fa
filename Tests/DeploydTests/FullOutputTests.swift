import Linux
import Supervisor
import TestSupport
import Testing

@Suite("The built command whose standard output is on a full disk")
struct FullOutputTests {
    private func toFullDisk(_ arguments: [String], _ directory: TemporaryDirectory) throws -> [String] {
        try ["sh", "-c", "exec \"$@\" >/dev/full", "sh"] + StubMaster.command(arguments, directory: directory)
    }

    private func expectFailure(_ status: Linux.ExitStatus, _ errors: String) {
        #expect(status == .exited(code: 74))
        #expect(errors == "deployd: write standard output: No space left on device\n")
    }

    @Test(
        "ends with 74 and says why, whatever was asked",
        arguments: [
            ["version"], ["help"], ["help", "deploy"], ["deploy", "--help"], ["unit"],
            ["history"], ["history", "--json"], ["logs"], ["logs", "2"],
        ])
    func alone(arguments: [String]) throws {
        let directory = try TemporaryDirectory()
        try directory.write("deployd.json", "{ state: 'state' }")
        try directory.write(
            "state/history.jsonl",
            """
            {"id":1,"time":"2026-01-02T03:04:05.678Z","who":{"user":"anna","uid":1000,"pid":9},"verb":"deploy",\
            "from":"/srv/releases/v1","to":"/srv/releases/v2","generation":2,"outcome":"committed","reason":"",\
            "steps":[]}

            """)
        try directory.write("state/logs/2.log", "one\ntwo\n")
        let finished = try Child.run(try toFullDisk(arguments, directory))
        expectFailure(finished.status, finished.errors)
    }

    @Test("ends with 74 and says why when a master has answered", arguments: [[], ["--json"], ["--watch"]])
    func status(options: [String]) throws {
        let master = try StubMaster()
        let report = StatusReport(
            deployd: "0.1.0", master: MasterReport(pid: 1, uptimeSeconds: 1), stateDirectory: "/s")
        master.script = { master, request in master.send(.status(report), to: request.client) }
        let finished = try master.serve(try Child(try toFullDisk(["status"] + options, master.directory)))
        expectFailure(finished.status, finished.errors)
    }
}
