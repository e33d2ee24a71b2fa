import DeployCore
import FoundationEssentials
import Linux
import Supervisor
import TestSupport
import Testing

// What the tests look at from outside.
extension Server {
    /// The status; nil while no master answers.
    func currentStatus() throws -> StatusReport? {
        let finished = try deployd("status", "--json")
        guard finished.status == .exited(code: 0) else { return nil }
        return try JSONDecoder().decode(StatusReport.self, from: Data(finished.output.utf8))
    }

    /// The status of a master that runs.
    func status() throws -> StatusReport { try #require(try currentStatus()) }

    /// The address of a listener, its port resolved.
    func address(_ listener: Int = 0) throws -> String { try status().listeners[listener].address }

    /// The pids of a generation's workers; without a number, those of the generation that serves.
    func pids(of generation: Int? = nil) throws -> [Int32] {
        let report = try status()
        let number = generation ?? report.serving
        return report.generations.first { $0.number == number }?.workers.compactMap { $0.pid.map(Int32.init) } ?? []
    }

    /// Waits until only the generation that serves is left.
    func waitUntilDrained() throws {
        try wait(for: "the old generations to go", upTo: .seconds(60)) { try status().generations.count == 1 }
    }

    /// The processes that have this server's directory as a release in their environment: its workers.
    func workersLeft() throws -> [Int32] {
        let mark = "DEPLOYD_RELEASE=\(directory.path)/"
        return try Files.list("/proc").compactMap(Int32.init).filter { pid in
            guard let environment = try? Files.read("/proc/\(pid)/environ") else { return false }
            return environment.split(separator: 0).contains { String(decoding: $0, as: UTF8.self).hasPrefix(mark) }
        }
    }

    /// The process that keeps the lanes.
    func keeper() throws -> Int32? {
        try Files.list("/proc").compactMap(Int32.init).first { pid in
            guard let words = try? Files.read("/proc/\(pid)/cmdline") else { return false }
            let text = String(decoding: words, as: UTF8.self)
            return text.contains("__keep\0") && text.contains("\(directory.path)/")
        }
    }

    /// The file that the master runs, as the kernel tells it.
    func runningFile() throws -> String { try Files.readLink("/proc/\(master.pid)/exe") }

    /// A copy of deployd, with the sites that it starts beside it.
    func copyProgram(_ name: String) throws -> String {
        try Files.makeDirectory(directory.path(name))
        for program in ["deployd", "site-v1", "site-v2"] {
            try Repository.copy(try Products.path(program), to: directory.path("\(name)/\(program)"))
        }
        return directory.path("\(name)/deployd")
    }

    /// What the history has, the newest last.
    func history() throws -> [HistoryRecord] {
        try deployd("history", "--json", "-n", "10000").output.split(separator: "\n").map {
            try JSONDecoder().decode(HistoryRecord.self, from: Data($0.utf8))
        }
    }

    /// The output of a generation's web workers, or of another kind of its processes.
    func log(_ generation: Int, process: String? = nil) throws -> String {
        let name = LogName(GenerationNumber(rawValue: generation), process)
        return String(decoding: try Files.read(directory.path("state/logs/\(name.file)")), as: UTF8.self)
    }

    /// Asks for a path, waits for the whole answer, and gives its body.
    func get(_ path: String, from address: String? = nil) throws -> String {
        let address = try address ?? self.address()
        let finished = try Child.run([
            try Program.path("curl"), "--silent", "--show-error", "--fail", "http://\(address)\(path)",
        ])
        #expect(finished.status == .exited(code: 0), "\(path): \(finished.errors)")
        return finished.output
    }
}
