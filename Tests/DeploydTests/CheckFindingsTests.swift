import FoundationEssentials
import Linux
import TestSupport
import Testing

@testable import deployd

@Suite("The findings of check as data")
struct CheckFindingsTests {
    private struct Found: Decodable {
        struct Finding: Decodable {
            let severity: String
            let text: String
            let file: String?
            let line: Int?
            let key: String?
            let expected: String?
        }

        let ok: Bool
        let findings: [Finding]
        let schedules: [[String: Value]]?
    }

    private enum Value: Decodable {
        case text(String)
        case list([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .list(try container.decode([String].self))
            }
        }
    }

    @Test("Errors say where they are and what was expected, and the exit code is as without --json")
    func errors() throws {
        let directory = try TemporaryDirectory()
        try directory.write("deployd.json", "{ listen: ['127.0.0.1:0'], state: 'state' }")
        try directory.write("releases/v1/site", "#!/bin/sh\n", mode: 0o755)
        let job = "processes: { job: { command: ['./site'], schedule: '30 2 * * *' } }"
        for (manifest, isGood) in [
            ("{ command: ['site'], \(job) }", true), ("{ command: ['site'],\n wathc: '5s' }", false),
        ] {
            try directory.write("releases/v1/release.json", manifest)
            let check = try Child.run(try StubMaster.command(["check", "--json", "v1"], directory: directory))
            #expect(check.status == .exited(code: isGood ? 0 : 1), "\(check.errors)")
            #expect(check.errors == "")
            let found = try JSONDecoder().decode(Found.self, from: Data(check.output.utf8))
            #expect(found.ok == isGood)
            let errors = found.findings.filter { $0.severity == "error" }
            #expect(errors.count == (isGood ? 0 : 1))
            #expect((found.schedules?.count ?? 0) == (isGood ? 1 : 0))
            guard !isGood, let error = errors.first else { continue }
            #expect(error.key == "wathc" && error.expected == "\"watch\"", "\(check.output)")
            #expect(error.file?.hasSuffix("releases/v1/release.json") == true, "\(check.output)")
            #expect(error.text.contains("wathc: found"), "\(check.output)")
        }
        let missing = try Child.run(
            try StubMaster.command(["check", "--json", "--config", "none.json"], directory: directory))
        #expect(missing.status == .exited(code: 1) && missing.errors == "", "\(missing.errors)")
        let found = try JSONDecoder().decode(Found.self, from: Data(missing.output.utf8))
        #expect(!found.ok && found.findings.first?.text.contains("none.json") == true, "\(missing.output)")
        let both = try Child.run(
            try StubMaster.command(["check", "--json", "--explain", "/", "v1"], directory: directory))
        #expect(both.status == .exited(code: 64))
    }
}
