import Linux
import TestSupport
import Testing

@testable import WebWorker

/// What deployd itself reads or writes for a release is nobody's to read, whatever path, link or second name leads there.
@Suite struct ReservedFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for name in [
            "release.json", "release.json.gz", "deployd.json", "production.env", "access.log.1",
            "access.log-20261130.gz",
            "state/state.json", "state/logs/1.log", "dir/index.html",
        ] {
            try directory.write(name, "secret of \(name)")
        }
        for name in [
            "index.html", "release.jsonp", "release.json.html", "dir/release.json", "environment", "stately.txt",
        ] {
            try directory.write(name, "for users")
        }
        for (link, target) in [
            ("link.txt", "release.json"), ("far.txt", "link.txt"), ("absolute.txt", directory.path("state/state.json")),
            ("index.html.gz", "release.json"), ("there", "state"),
        ] {
            try Files.replaceLink(directory.path(link), target: target)
        }
        for (name, other) in [
            ("release.json", "second.txt"), ("production.env", "third.txt"), ("state/state.json", "fourth.txt"),
            ("state/logs/1.log", "fifth.txt"),
        ] {
            try Files.link(directory.path(name), as: directory.path(other))
        }
    }

    private func worker(_ change: (inout Application, inout FileOptions) -> Void = { _, _ in }) throws -> TestWorker {
        var (app, options) = (Application(), FileOptions())
        change(&app, &options)
        app.files(directory.path, options)
        app.neverSend(
            files: ["release.json", "deployd.json", "production.env", "absent.env"].map { directory.path($0) },
            directories: [directory.path("state")])
        app.accessLog(AccessLog(path: directory.path("access.log")))
        return try TestWorker(app)
    }

    @Test(arguments: [
        "/release.json", "//release.json", "/%72elease.json", "/x/../release.json", "/release.json.gz", "/deployd.json",
        "/production.env", "/access.log", "/access.log.1", "/access.log-20261130.gz", "/state/state.json",
        "/state/logs/1.log", "/link.txt", "/far.txt", "/absolute.txt", "/there/state.json", "/second.txt", "/third.txt",
        "/fourth.txt", "/fifth.txt", "/nothing",
    ])
    func noPathLeadsToThem(_ path: String) throws {
        let worker = try worker { _, options in options.fallback = "link.txt" }
        let answer = try worker.get(path)
        #expect(answer.status == 404 && !answer.body.contains("secret"), "\(answer.head)")
    }

    @Test func whatOnlyLooksLikeThemIsServed() throws {
        let worker = try worker()
        for path in ["/", "/release.jsonp", "/release.json.html", "/dir/release.json", "/environment", "/stately.txt"] {
            let answer = try worker.get(path)
            #expect(answer.status == 200 && answer.body == "for users", "\(path): \(answer.head)")
        }
    }

    @Test func anIndexAndAPageForAnErrorAreNoWays() throws {
        let worker = try worker { _, options in options.index = ["second.txt", "index.html"] }
        #expect(try worker.get("/").body == "for users")
        #expect(throws: ConfigurationError.self) {
            _ = try self.worker { _, options in options.errorPages = [.notFound: "link.txt"] }
        }
    }

    @Test func aLogThatWasMadeAnewIsNotSentEither() throws {
        let worker = try worker()
        #expect(try worker.get("/access.log").status == 404)
        try Files.rename(directory.path("access.log"), to: directory.path("access.log.2"))
        try directory.write("access.log", "secret")
        try Files.link(directory.path("access.log"), as: directory.path("sixth.txt"))
        for path in ["/access.log", "/access.log.2", "/sixth.txt"] { #expect(try worker.get(path).status == 404) }
    }

    @Test func aDirectoryInWhichTheSiteLiesReservesNothing() throws {
        try directory.write("state/site/index.html", "for users")
        try directory.write("state/site/release.json", "secret")
        var app = Application()
        app.files(directory.path("state/site"))
        app.neverSend(files: [directory.path("state/site/release.json")], directories: [directory.path("state")])
        let worker = try TestWorker(app)
        #expect(try worker.get("/").body == "for users")
        #expect(try worker.get("/release.json").status == 404)
    }

    /// A name in the file system, as X-Sendfile has it, is not cleaned of dots.
    @Test func aFileInAScriptsSteadIsNoneOfThem() throws {
        let reserved = ReservedFiles(
            files: [directory.path("release.json")], directories: [directory.path("state")])
        var sources = ScriptSources()
        sources.add(suffix: ".php")
        let tree = try FileTree(
            directory.path, FileOptions(), FileLimits(sources: sources, reserved: reserved))
        let terms = FileTerms(names: .forScript)
        for name in [
            "release.json", "dir/../release.json", "./release.json", "state/state.json", "dir/../state/logs/1.log",
            "second.txt", "fifth.txt",
        ] {
            guard case .none = tree.file(name, terms) else {
                Issue.record("\(name) would be sent")
                continue
            }
        }
        guard case .file = tree.file("dir/../index.html", terms) else {
            Issue.record("no index.html")
            return
        }
    }
}
