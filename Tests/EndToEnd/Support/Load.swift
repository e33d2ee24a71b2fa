import FoundationEssentials
import Linux
import TestSupport
import Testing

/// The strict load client against a server. It never retries: one failed request fails the test.
struct Load {
    private let client: Child

    /// What each client does.
    enum Mode: String, CaseIterable {
        case keepalive, close, idle, post
    }

    /// Begins to ask. With `bodies` every answer must be one of them.
    init(
        _ mode: Mode, at address: String, connections: Int? = nil, path: String? = nil,
        bodies: [String] = ["v1\\n", "v2\\n"], extra: [String] = []
    ) throws {
        var words = [try Products.path("strict-load"), address, "--mode", mode.rawValue, "--json"]
        words += ["--connections", "\(connections ?? (mode == .idle ? 64 : 32))"]
        if let path { words += ["--path", path] }
        if mode == .idle { words += ["--think", "0s-1s"] }
        if mode != .post { words += bodies.flatMap { ["--expect-body-any", $0] } }
        client = try Child(words + extra)
    }

    /// Ends the run after the answers under way, and gives the report.
    func end() throws -> Report {
        try client.send(.int)
        _ = try client.wait(upTo: .seconds(60))
        return try JSONDecoder().decode(Report.self, from: Data(client.output.utf8))
    }

    /// Waits for a run that ends by itself, and gives the report.
    func finished() throws -> Report {
        _ = try client.wait(upTo: .seconds(120))
        return try JSONDecoder().decode(Report.self, from: Data(client.output.utf8))
    }

    /// What of the client's report the tests look at.
    struct Report: Decodable {
        let perfect: Bool
        let answered: Int
        let failed: Int
        let failures: [String: Int]
        let samples: [Sample]?
        let versions: Versions
        let longestGap: Gap

        struct Sample: Decodable {
            let kind: String
            let detail: String?
        }
        struct Versions: Decodable {
            let epochs: [Epoch]
            let completions: [Epoch]
        }
        struct Epoch: Decodable {
            let version: String
            let count: Int
        }
        struct Gap: Decodable { let length: Int }

        /// The versions by the order of their cut-overs, without line ends.
        var epochs: [String] { versions.epochs.map(\.version) }

        /// How many answers were a version's.
        func answers(of version: String) -> Int {
            versions.completions.filter { $0.version == version }.reduce(0) { $0 + $1.count }
        }

        /// Requires that something was answered and nothing failed.
        func expectPerfect(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
            let kinds = failures.filter { $0.value > 0 }
            let details = (samples ?? []).map { "\($0.kind): \($0.detail ?? "")" }
            #expect(perfect && failed == 0, "\(what): \(kinds) \(details)", sourceLocation: sourceLocation)
            #expect(answered > 0, "\(what): nothing was answered", sourceLocation: sourceLocation)
        }
    }
}
