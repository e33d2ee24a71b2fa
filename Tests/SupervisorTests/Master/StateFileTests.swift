import Linux
import TestSupport
import Testing

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

    @Test(arguments: ["", "{}", "{\"version\":1}", "{\"version\":2,\"state\":{}}", "no json"])
    func `a file that cannot be understood is told, not thrown away`(text: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("state.json", text)
        let file = StateFile(path: directory.path("state.json"))
        #expect(throws: StateFileError.self) { try file.read() }
        #expect(try Files.read(directory.path("state.json")) == Array(text.utf8))
    }
}
