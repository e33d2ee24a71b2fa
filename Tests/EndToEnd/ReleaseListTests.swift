import FoundationEssentials
import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The list of releases")
    struct ReleaseListTests {
        private struct Line: Decodable {
            struct Generation: Decodable { let number: Int, state: String }

            let release: String
            let bytes: Int
            let manifest: Bool
            let deployed: String?
            let generations: [Generation]
            let start: Bool
            let rollback: Bool
            let removal: String?
        }

        private func list(_ server: Server) throws -> [Line] {
            let finished = try server.deployd("releases", "--json")
            #expect(finished.status == .exited(code: 0), "\(finished.errors)")
            return try finished.output.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
        }

        @Test("What it says of a start, of a rollback and of `keep` is what happens then")
        func prophecies() throws {
            let server = try Server(settings: "keep: 3") { releases in
                for name in ["v3", "v4", "v5"] { try releases.worker(name, "--ready") }
                try Files.makeDirectory(releases.directory.path("releases/unfinished"))
            }
            for name in ["v2", "v3"] { try server.deploy(name) }
            try server.waitUntilDrained()
            var lines = try list(server)
            #expect(lines.map(\.release) == ["v1", "v2", "v3", "unfinished", "v4", "v5"])
            #expect(lines.filter(\.manifest).map(\.release) == ["v1", "v2", "v3", "v4", "v5"])
            #expect(lines.filter { $0.deployed != nil }.map(\.release) == ["v1", "v2", "v3"])
            #expect(lines.filter { $0.generations.map(\.state) == ["serving"] }.map(\.release) == ["v3"])
            #expect(lines.filter(\.rollback).map(\.release) == ["v2"])
            #expect(lines.filter { $0.removal == "next" }.map(\.release) == ["v1"])
            #expect(lines.allSatisfy { !$0.start })
            let text = try server.deployd("releases").output
            #expect(text.contains("serving, generation 3"), "\(text)")
            #expect(text.contains("removed after the next deploy (`keep` is 3)"), "\(text)")
            #expect(text.contains("no release.json: not a release yet"), "\(text)")
            #expect(text.contains("never deployed"), "\(text)")

            try server.deploy("v4")
            try wait(for: "the record") { try server.history().last?.outcome == .pruned }
            #expect(try server.history().last?.removed?.map(Paths.name) == ["v1"])
            try server.waitUntilDrained()
            let back = try #require(try list(server).first(where: \.rollback)?.release)
            #expect(back == "v3")
            #expect(try server.deployd("rollback").output.contains("\(back) serves now"))
            try server.waitUntilDrained()
            try server.finish()

            lines = try list(server)
            #expect(lines.filter(\.start).map(\.release) == ["v3"])
            #expect(lines.allSatisfy { $0.generations.isEmpty })
        }

        @Test("A file with several names takes its room once, and what a link leads to takes none")
        func size() throws {
            let scratch = try TemporaryDirectory()
            try scratch.write("tree/a", String(repeating: "x", count: 1 << 20))
            try scratch.write("elsewhere", String(repeating: "x", count: 4 << 20))
            let command = "cd '\(scratch.path)/tree' && ln a b && ln -s ../elsewhere c && du -s --block-size=1 ."
            let du = try Child.run(["/bin/sh", "-c", command])
            let size = TreeSize(of: scratch.path("tree"))
            #expect(size.isComplete)
            #expect("\(size.bytes)" == du.output.prefix { $0 != "\t" })
            #expect(size.bytes < 2 << 20)
        }
    }
}
