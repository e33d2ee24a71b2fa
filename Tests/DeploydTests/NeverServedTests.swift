import Linux
import TestSupport
import Testing
import WebWorker
import WebWorkerTesting

@testable import Supervisor
@testable import deployd

/// Sources, configuration, backups and what links lead to, in every spelling that a client can send.
@Suite("What must never be served, by the manifests of init --app")
struct NeverServedTests {
    private static let applications = ["wordpress", "mediawiki", "dokuwiki", "django"]

    /// Paths of the table, without their slash: of an application alone, or what everybody has.
    private static func paths(_ application: String, own: Bool) throws -> [String] {
        let root = (0..<3).reduce(#filePath) { path, _ in Files.directory(of: path) }
        let table = try Files.read("\(root)/Tests/Fixtures/never-served.txt")
        return String(decoding: table, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { line in
                let words = line.split(separator: " ")
                let isCommon = words[0] == "*" || words[0] == "php" && application != "django"
                return (own ? words[0] == application : isCommon) ? String(words[1]) : nil
            }
    }

    /// Where an application has what users may see, and under which path.
    private static func folders(_ application: String) -> [(folder: String, front: String)] {
        application == "django" ? [("static", "/static"), ("media", "/media")] : [("public", "")]
    }

    /// A release with a file of its own at each path, and links outward.
    private static func write(_ application: String, _ directory: TemporaryDirectory) throws {
        let isBeside = application == "django"
        try directory.write("release.json", "SECRET manifest")
        for path in try paths(application, own: true) where !path.hasSuffix(".php/x") && path != "release.json" {
            try directory.write(isBeside ? path : "public/\(path)", "SECRET \(path)")
        }
        for (folder, _) in folders(application) {
            try directory.write("\(folder)/seen.css", "seen")
            for path in try paths(application, own: false) {
                try directory.write("\(folder)/\(path)", "SECRET \(path)")
            }
            for (name, target) in [
                ("passwd.txt", "/etc/passwd"), ("etc", "/etc"), ("up.json", "../release.json"), ("up", ".."),
                ("dot.txt", ".env"), ("list.txt", "composer.json"), ("self", "/proc/self"),
            ] { try Files.replaceLink(directory.path("\(folder)/\(name)"), target: target) }
        }
    }

    /// The spellings of a path.
    private static func spellings(_ path: String) -> [String] {
        let dots = path.replacing(".", with: "%2e")
        let first = String(path.utf8.first ?? 0x78, radix: 16)
        return [
            "/\(path)", "//\(path)", "/./\(path)", "/x/../\(path)", "/\(dots)", "/%\(first)\(path.dropFirst())",
            "/\(dots.replacing("/", with: "%2f"))", "/\(path.replacing(".", with: "%252e"))", "/\(path)/",
            "/\(path)/x", "/\(path)?x=1", "/\(path);x", "/\(path)%00", "/\(path)%20", "/\(path).", "/\(path)::$DATA",
            "/\(path.replacing("/", with: "%5c"))", "/%2e%2e/\(path)", "/seen.css/../\(path)", "/../\(path)",
            "/%2e%2e%2f\(path)", "/..%5c\(path)", "/..;/\(path)", "/\(path.uppercased())",
        ]
    }

    private static let links = [
        "passwd.txt", "etc/passwd", "up.json", "up/release.json", "dot.txt", "list.txt", "self/environ", "release.json",
    ]

    @Test(arguments: applications) func isNotServed(_ application: String) async throws {
        let directory = try TemporaryDirectory()
        try Self.write(application, directory)
        let preset = try #require(AppPreset.all.first { $0.name == application })
        let manifest = try Manifest.read(
            Array(preset.manifest.utf8), directory: directory.path, shownFile: "release.json"
        ).get()
        let web = try #require(manifest.web).absolute(in: directory.path)
        let client = try WebWorkerTesting.TestClient(WebServer.application(web) { _ in "127.0.0.1:1" })
        var count = 0
        for (_, front) in Self.folders(application) {
            #expect(try await client.get("\(front)/seen.css").text == "seen")
            for path in try Self.paths(application, own: true) + Self.paths(application, own: false) + Self.links {
                for spelling in Self.spellings(path) {
                    count += 1
                    // What scripts and servers behind answer is their own matter.
                    guard let answer = try? await client.get(front + spelling) else { continue }
                    let isSent = ["SECRET", "root:", "PATH="].contains { answer.text.contains($0) }
                    #expect(!isSent, "\(front + spelling): \(answer.status) \(answer.text.prefix(80))")
                }
            }
        }
        #expect(count > 1000)
    }
}
