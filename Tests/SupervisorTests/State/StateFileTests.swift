import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite struct StateFileTests {
    static let state = SavedState(machine: machine)

    static let machine = DurableState(
        generations: [
            DurableGeneration(
                number: GenerationNumber(rawValue: 7),
                plan: ReleasePlan(path: "/srv/releases/v7", label: "v7", workers: 2), stage: .serving, wanted: 2,
                announces: true,
                workers: [
                    DurableWorker(
                        number: WorkerNumber(rawValue: 12), slot: 1, stage: .ready,
                        process: ProcessIdentity(pid: 4711, startTime: 99), level: .drains, deadline: nil)
                ])
        ], serving: GenerationNumber(rawValue: 7), deployment: nil, scaledWorkers: nil,
        numbering: Numbering(
            nextGeneration: GenerationNumber(rawValue: 8), nextWorker: WorkerNumber(rawValue: 13)), isStopping: false)

    @Test(arguments: [true, false]) func `what was written is read again`(synchronously: Bool) throws {
        let directory = try TemporaryDirectory()
        let file = StateFile(path: directory.path("state.json"))
        #expect(try file.read() == nil)
        try file.write(Self.state, synchronously: synchronously)
        #expect(try file.read() == Self.state)
        #expect(try Files.list(directory.path) == ["state.json"])
        #expect(try Files.status(directory.path("state.json")).mode == 0o600)
    }

    @Test(arguments: ["{}", "{\"version\":1}", "{\"version\":2,\"state\":{}}", "no json"])
    func `a file that cannot be understood is told, not thrown away`(text: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("state.json", text)
        let file = StateFile(path: directory.path("state.json"))
        #expect(throws: StateFileError.self) { try file.read() }
        #expect(try Files.read(directory.path("state.json")) == Array(text.utf8))
    }

    @Test func `the last state holds, and the begin of a line after it is passed over`() throws {
        let directory = try TemporaryDirectory()
        let file = StateFile(path: directory.path("state.json"))
        var state = Self.state
        for workers in 1...3 {
            state.machine.scaledWorkers = workers
            try file.write(state, synchronously: false)
        }
        let whole = try Files.read(directory.path("state.json"))
        #expect(whole.count { $0 == UInt8(ascii: "\n") } == 3)
        try Files.append(directory.path("state.json"), Array("{\"version\":1,\"state\":{".utf8))
        #expect(try StateFile(path: directory.path("state.json")).read() == state)
    }

    @Test func `room for lines ahead is tried, and not taken`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state.json")
        let file = StateFile(path: path)
        var state = Self.state
        for workers in 1...3 {
            state.machine.scaledWorkers = workers
            try file.write(state, synchronously: true, ahead: 8)
            #expect(try Files.read(path).count { $0 == UInt8(ascii: "\n") } == workers)
            #expect(try StateFile(path: path).read() == state)
        }
    }

    @Test(arguments: ["", "\0\0\0\0", "\0\0\n\0"])
    func `a file with nothing in it, as a power cut may leave one, is no state`(text: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("state.json", text)
        #expect(try StateFile(path: path).read() == nil)
    }

    @Test func `the last whole line holds, also when a broken one with an end follows`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state.json")
        try StateFile(path: path).write(Self.state, synchronously: false)
        for broken in ["{\"version\":1,\"sta\n", "\0\0\0\0\n", "\0\0\0"] {
            try Files.append(path, Array(broken.utf8))
            #expect(try StateFile(path: path).read() == Self.state)
        }
    }

    @Test func `the next master begins the file anew, whatever the one before left`() throws {
        let directory = try TemporaryDirectory()
        try StateFile(path: directory.path("state.json")).write(Self.state, synchronously: false)
        try Files.append(directory.path("state.json"), Array("{\"vers".utf8))
        let next = StateFile(path: directory.path("state.json"))
        try next.write(Self.state, synchronously: false)
        #expect(try Files.read(directory.path("state.json")).count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(try next.read() == Self.state)
    }

    @Test func `the file stays within its limit`() throws {
        let directory = try TemporaryDirectory()
        let file = StateFile(path: directory.path("state.json"))
        try file.write(Self.state, synchronously: false)
        let line = try Files.status(directory.path("state.json")).size
        for _ in 0...(StateFile.limit / line + 2) { try file.write(Self.state, synchronously: false) }
        #expect(try Files.status(directory.path("state.json")).size <= StateFile.limit)
        #expect(try file.read() == Self.state)
    }

    @Test func `a file that somebody removed is written again`() throws {
        let directory = try TemporaryDirectory()
        let file = StateFile(path: directory.path("state.json"))
        try file.write(Self.state, synchronously: false)
        try Files.unlink(directory.path("state.json"))
        try file.write(Self.state, synchronously: false)
        #expect(try file.read() == Self.state)
    }

    @Test func `a state that cannot be written leaves the one before`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state.json")
        let file = StateFile(path: path)
        try file.write(Self.state, synchronously: false)
        // A directory in the way of the draft: the file cannot be begun anew.
        let other = StateFile(path: path)
        try Files.makeDirectory("\(path).new")
        #expect(throws: SystemError.self) { try other.write(SavedState(machine: Self.machine), synchronously: true) }
        #expect(try file.read() == Self.state)
    }

    @Test func `a deploy in its watch is committed if the history says so`() throws {
        let generation = GenerationNumber(rawValue: 7)
        var state = Self.state
        state.machine.deployment = DurableDeployment(
            kind: .deploy, generation: generation, predecessor: GenerationNumber(rawValue: 6),
            plan: Self.machine.generations[0].plan, from: nil, stage: .watching, evidence: .masterDied,
            startedAt: Instant(sinceBoot: .zero), step: .watching, stepSince: Instant(sinceBoot: .zero), durations: [])
        func history(_ outcomes: [(Int, HistoryOutcome)]) -> History {
            let records = outcomes.map { HistoryTests.record($0.0, to: "/srv/releases/v7", outcome: $0.1) }
            return History(path: "/none", content: records.flatMap(History.line))
        }
        for outcomes in [[], [(6, .committed)], [(7, .rolledBack)]] as [[(Int, HistoryOutcome)]] {
            #expect(state.honouring(history(outcomes)) == state)
        }
        let told = state.honouring(history([(6, .committed), (7, .committed)])).machine.deployment
        #expect(told?.stage == .committing && told?.evidence == nil)
        state.machine.deployment?.stage = .undoing
        #expect(state.honouring(history([(7, .committed)])) == state)
    }
}
