internal import Linux
internal import Supervisor

/// The files with the output of workers, one a generation and kind of process, in the state directory.
struct LogDirectory {
    let path: String

    init(stateDirectory: String) {
        path = Paths.join(stateDirectory, "logs")
    }

    /// A log's file.
    func file(_ name: LogName) -> String { Paths.join(path, name.file) }

    /// All logs, from the oldest generation; none where there is no directory.
    ///
    /// - Throws: that this user may not look.
    func names() throws(SystemError) -> [LogName] {
        let files: [String]
        do { files = try Files.list(path) } catch {
            guard error.errno == .notFound else { throw error }
            return []
        }
        return files.compactMap(LogName.init(file:)).sorted()
    }
}
