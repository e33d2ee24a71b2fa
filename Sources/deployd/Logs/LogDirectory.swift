internal import Linux
internal import Supervisor

/// The files with the output of workers, one a generation, in the state directory.
struct LogDirectory {
    private static let suffix = ".log"

    let path: String

    init(stateDirectory: String) {
        path = Paths.join(stateDirectory, "logs")
    }

    /// The file of a generation.
    func file(of generation: Int) -> String {
        Paths.join(path, "\(generation)\(Self.suffix)")
    }

    /// The generations that have a file, from the oldest; none where there is no directory.
    ///
    /// - Throws: that this user may not look.
    func generations() throws(SystemError) -> [Int] {
        let names: [String]
        do { names = try Files.list(path) } catch {
            guard error.errno == .notFound else { throw error }
            return []
        }
        return names.filter { $0.hasSuffix(Self.suffix) }.compactMap { Int($0.dropLast(Self.suffix.count)) }.sorted()
    }
}
