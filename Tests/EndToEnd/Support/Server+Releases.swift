import Linux
import TestSupport

extension Server {
    /// The releases of a test's server.
    struct Releases {
        let directory: TemporaryDirectory

        /// Writes a release that has the fixture `worker` as its program, with these arguments and further keys.
        func worker(_ name: String, _ arguments: String..., manifest: String = "watch: \"50ms\"") throws {
            let words = (["worker"] + arguments).map { "\"\($0)\"" }.joined(separator: ", ")
            try directory.write("releases/\(name)/release.json", "{ command: [\(words)], \(manifest) }\n")
            try Repository.copy(Repository.fixture("worker"), to: directory.path("releases/\(name)/worker"))
        }

        /// Copies a release of the fixtures, with the program `worker` where it wants one.
        func fixture(_ folder: String, as name: String, withWorker: Bool = true) throws {
            try Repository.copy(Repository.fixture(folder), to: directory.path("releases/\(name)"))
            if withWorker {
                try Repository.copy(Repository.fixture("worker"), to: directory.path("releases/\(name)/worker"))
            }
        }
    }
}
