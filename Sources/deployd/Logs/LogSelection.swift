internal import DeployCore
internal import Linux
internal import Supervisor

/// The logs of a generation that are shown: all, or that of one kind of process.
struct LogSelection {
    private final class Entry {
        var source: LogSource
        init(_ source: consuming LogSource) { self.source = source }
    }

    let generation: Int
    private let kind: String?
    private let logs: LogDirectory
    private let filter: LogFilter
    private let keepsColours: Bool
    private var entries: [LogName: Entry] = [:]

    /// Opens nothing yet. `kind` is what ``LogName/kind`` says.
    init(_ generation: Int, kind: String?, _ filter: LogFilter = LogFilter(), in logs: LogDirectory) {
        self.generation = generation
        self.kind = kind
        self.logs = logs
        self.filter = filter
        keepsColours = Paint.forStandardOutput().isOn && !filter.isJSON
    }

    var isJSON: Bool { filter.isJSON }

    /// The same of another generation, with nothing opened yet.
    func of(_ generation: Int) -> LogSelection { LogSelection(generation, kind: kind, filter, in: logs) }

    /// Opens those that are there and were not before.
    mutating func open() throws(SystemError) {
        let own = try logs.names().filter { $0.generation.rawValue == generation }
        let width = own.map(\.kind.count).max() ?? 0
        for name in own where entries[name] == nil && (kind ?? name.kind) == name.kind {
            do { entries[name] = Entry(try LogSource(logs.file(name), name, filter, keepsColours: keepsColours)) } catch
            {
                // Removed since it was listed.
                guard error.errno == .notFound else { throw error }
            }
        }
        guard entries.count > 1 else { return }
        for (name, entry) in entries {
            entry.source.label = name.kind + String(repeating: " ", count: width - name.kind.count) + " | "
        }
    }

    private var inOrder: [Entry] { entries.sorted { $0.key < $1.key }.map(\.value) }

    /// The kinds of which it is not known when anything was written.
    var timeless: [String] { entries.filter { $0.value.source.isTimeless }.keys.sorted().map(\.kind) }

    var paths: [String] { inOrder.map { $0.source.path } }

    /// The last lines of each.
    func printLast(_ count: Int?) throws(SystemError) {
        for entry in inOrder { try entry.source.printLast(count) }
    }

    /// What was written since; whether anybody still reads what is printed.
    func printMore() throws(SystemError) -> Bool {
        for entry in inOrder where try !entry.source.printMore() { return false }
        return true
    }

    func printEnd() {
        for entry in inOrder { entry.source.printEnd() }
    }
}
