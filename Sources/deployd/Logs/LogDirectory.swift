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

    /// The generations that have a file, from the oldest.
    func generations() -> [Int] {
        let names = (try? Files.list(path)) ?? []
        return names.filter { $0.hasSuffix(Self.suffix) }.compactMap { Int($0.dropLast(Self.suffix.count)) }.sorted()
    }
}
