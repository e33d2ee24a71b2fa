import Linux
import TestSupport
import Testing

/// The scripts of Benchmarks/, in a short form, with what the build made.
enum Benchmark {
    /// Runs one to its end, and requires that all that it promises holds.
    static func expect(
        _ script: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let environment = ThisProcess.environment().filter { !$0.hasPrefix("PRODUCTS=") }
        let finished = try Child.run(
            [try Program.path("bash"), "\(Repository.path)/Benchmarks/\(script)"] + arguments,
            environment: environment + ["PRODUCTS=\(try Products.directory())"], upTo: .seconds(600))
        #expect(
            finished.status == .exited(code: 0), "\(script): \(finished.output)\(finished.errors)",
            sourceLocation: sourceLocation)
    }
}
