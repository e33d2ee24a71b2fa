import Testing

@testable import Supervisor

@Suite("Control messages")
struct ControlMessageTests {
    @Test("A request is one line of JSON with its keys in order")
    func requestLine() {
        let request = ControlRequest(.deploy, release: "/srv/releases/v2", wait: true, timeoutMilliseconds: 600_000)
        #expect(
            text(ControlLine.encode(request))
                == #"{"release":"/srv/releases/v2","timeoutMilliseconds":600000,"verb":"deploy","version":1,"wait":true}"#
                + "\n")
    }

    @Test("A request that was written can be read", arguments: ControlVerb.allCases)
    func requestRoundTrip(verb: ControlVerb) throws {
        let request = ControlRequest(verb, release: "v2", count: 3, now: true)
        #expect(try ControlLine.request(from: withoutNewline(ControlLine.encode(request))) == request)
    }

    @Test("Keys that this version does not know are passed over")
    func unknownKeys() throws {
        let request = try ControlLine.request(
            from: Array(#"{"version":1,"verb":"status","colour":"red","x":[{}]}"#.utf8))
        #expect(request == ControlRequest(.status))
    }

    @Test(
        "A request that cannot be understood is refused with what was found and what was expected",
        arguments: [
            ("", "the request is not a JSON object with a number \"version\" and a text \"verb\", on one line"),
            ("[1,2]", "the request is not a JSON object with a number \"version\" and a text \"verb\", on one line"),
            (
                #"{"verb":"status"}"#,
                "the request is not a JSON object with a number \"version\" and a text \"verb\", on one line"
            ),
            (#"{"version":1}"#, "the request has no \"verb\""),
            (
                #"{"version":2,"verb":"teleport"}"#,
                "found version 2 of the control protocol, expected 1: "
                    + "the command and the running master are of different versions of deployd"
            ),
            (
                #"{"version":1,"verb":"teleport"}"#,
                "unknown verb \"teleport\", expected one of deploy, rollback, restart, promote, abort, scale, stop, upgrade, reload, "
                    + "maintenance, status, version, cancel"
            ),
            (#"{"version":1,"verb":"scale","count":"two"}"#, "scale: wrong type of value: \"count\""),
        ])
    func malformed(line: String, message: String) {
        #expect(throws: ControlRefusal(message)) { try ControlLine.request(from: Array(line.utf8)) }
    }

    @Test("Bytes that are no text, and arrays nested without end, are refused")
    func hostileBytes() {
        for line in [[0xff, 0xfe, 0x00], Array(repeating: UInt8(ascii: "["), count: 65_000)] {
            #expect(throws: ControlRefusal.self) { try ControlLine.request(from: line) }
        }
    }

    @Test("Every event that was written can be read", arguments: ControlMessageTests.events)
    func eventRoundTrip(event: ControlEvent) throws {
        let line = ControlLine.encode(event)
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(try ControlLine.event(from: withoutNewline(line)) == event)
    }

    @Test("An event is one flat object that names itself")
    func eventLine() {
        let event = ControlEvent.step(StepEvent(.cutOver, .finished, milliseconds: 0.25))
        #expect(
            text(ControlLine.encode(event))
                == #"{"event":"step","milliseconds":0.25,"name":"cut-over","state":"finished"}"# + "\n")
    }

    @Test("An event of a newer master is passed over by its name")
    func newerEvent() throws {
        let event = try ControlLine.event(from: Array(#"{"event":"weather","degrees":12}"#.utf8))
        #expect(event == .unrecognised("weather"))
        #expect(!event.isLast)
    }

    @Test("A step and an outcome of a newer master are kept by their names")
    func newerNames() throws {
        let step = try ControlLine.event(from: Array(#"{"event":"step","name":"canary","state":"started"}"#.utf8))
        #expect(step == .step(StepEvent(StepName(rawValue: "canary"), .started)))
        let done = try ControlLine.event(
            from: Array(#"{"event":"done","outcome":"aborted","message":"","exitCode":1}"#.utf8))
        #expect(done == .done(DoneEvent(ControlOutcome(rawValue: "aborted"))))
    }

    @Test(
        "The exit code says whether what was asked for serves",
        arguments: [
            (ControlOutcome.committed, 0), (.completed, 0), (.detached, 0), (.failed, 1), (.cancelled, 1),
            (.rolledBack, 1), (.refused, 1), (.busy, 75),
        ])
    func exitCodes(outcome: ControlOutcome, code: Int) {
        #expect(outcome.exitCode == code)
        #expect(DoneEvent(outcome).exitCode == code)
    }

    static let events: [ControlEvent] = [
        .queued(QueuedEvent(ahead: 1, behind: "deploy of v2, probing since 4 s")),
        .started(
            StartedEvent(
                verb: .deploy, generation: 8, release: "v2", from: ServingReport(generation: 7, release: "v1"))),
        .step(StepEvent(.booting, .started)),
        .step(StepEvent(.probing, .failed, milliseconds: 12.5, detail: "status 500")),
        .output(OutputEvent(generation: 8, text: "line with \"quotes\", a \t tab and \u{1F600}")),
        .note("the manifest names no health path"),
        .status(StatusReport.sample),
        .version(VersionEvent(deployd: "0.1.0", pid: 42)),
        .done(
            DoneEvent(.committed, message: "", serving: ServingReport(generation: 8, release: "v2"), milliseconds: 91.5)
        ),
        .error(ErrorEvent("not allowed")),
    ]

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func withoutNewline(_ line: [UInt8]) -> [UInt8] { Array(line.dropLast()) }
}
