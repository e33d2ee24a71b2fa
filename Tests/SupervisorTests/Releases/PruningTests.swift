import Glibc
import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("Pruning")
struct PruningTests {
    private func plan(
        _ deploys: [String], keep: Int?, releases: [String], current: String, inUse: [String] = []
    ) -> [String] {
        let plan = Pruning.plan(
            releases: releases.map { "/r/" + $0 }, history: HistoryTests.history(deploys), keep: keep,
            current: "/r/" + current, inUse: Set(inUse.map { "/r/" + $0 }))
        return plan.map(Paths.name)
    }

    @Test("The releases committed last are kept, and the others go, oldest first")
    func keepsNewest() {
        let all = ["v1", "v2", "v3", "v4", "v5"]
        #expect(plan(all, keep: 3, releases: all, current: "v5") == ["v1", "v2"])
        #expect(plan(all, keep: 5, releases: all, current: "v5") == [])
        #expect(plan(all, keep: 9, releases: all, current: "v5") == [])
        #expect(plan(["v2", "v1", "v3", "v2"], keep: 2, releases: all, current: "v2") == ["v1"])
    }

    @Test("Without a written number nothing goes, however old")
    func keepsAllUnasked() {
        let all = (1...40).map { "v\($0)" }
        #expect(plan(all, keep: nil, releases: all, current: "v40") == [])
        #expect(plan(all, keep: 38, releases: all, current: "v40") == ["v1", "v2"])
    }

    @Test("The current release and the last good one stay, however few are to be kept")
    func keepsCurrentAndLastGood() {
        let all = ["v1", "v2", "v3", "v4"]
        #expect(plan(all, keep: 1, releases: all, current: "v4") == ["v1", "v2"])
        #expect(plan(all + ["rollback:v2"], keep: 1, releases: all, current: "v2") == ["v3", "v4"])
    }

    @Test("A release that a live generation uses stays, also when it works from within")
    func keepsUsed() {
        let all = ["v1", "v2", "v3", "v4"]
        #expect(plan(all, keep: 1, releases: all, current: "v4", inUse: ["v1"]) == ["v2"])
        #expect(plan(all, keep: 1, releases: all, current: "v4", inUse: ["v2/app"]) == ["v1"])
    }

    @Test("A directory that never was committed is not ours")
    func keepsUnknown() {
        #expect(
            plan(["v1", "v2", "v3", "bad!"], keep: 1, releases: ["bad", "mine", "v1", "v2", "v3"], current: "v3") == [
                "v1"
            ])
        #expect(plan([], keep: 1, releases: ["v1", "v2"], current: "v1") == [])
    }

    @Test("The last good release is looked for among those that are still there")
    func protectsExistingLastGood() {
        #expect(plan(["v1", "v2", "v3", "v4"], keep: 1, releases: ["v1", "v2", "v4"], current: "v4") == ["v1"])
    }

    @Test("Whatever the history, what must stay stays, and nothing goes that is not ours")
    func holdsForAnyHistory() {
        for seed in 0..<500 {
            var random = SeededRandom(seed: UInt64(seed))
            func name() -> String { "v\(Int.random(in: 1...6, using: &random))" }
            let deploys = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                ["", "rollback:", "restart:"].randomElement(using: &random)! + name()
                    + (Bool.random(using: &random) ? "!" : "")
            }
            let history = HistoryTests.history(deploys)
            guard let current = history.committedReleases.last else { continue }
            let releases = (1...8).map { "/r/v\($0)" }
            let keep = Int.random(in: 1...4, using: &random)
            let inUse = "/r/" + name()
            let gone = Pruning.plan(releases: releases, history: history, keep: keep, current: current, inUse: [inUse])
            let committed = Set(history.records.filter { $0.outcome == .committed }.map(\.to))
            #expect(Set(gone).isSubset(of: committed), "seed \(seed): \(deploys)")
            #expect(!gone.contains(current) && !gone.contains(inUse), "seed \(seed): \(deploys)")
            #expect(!gone.contains(history.lastGood(before: current) ?? ""), "seed \(seed): \(deploys)")
            #expect(committed.count - gone.count >= min(keep, committed.count), "seed \(seed): \(deploys)")
        }
    }

    @Test("Removing takes the tree and what a crash left of an earlier removal, and follows no link")
    func removes() throws {
        let scratch = try TemporaryDirectory()
        for name in ["v1", "v2", "v3"] { try scratch.release("releases/\(name)") }
        try scratch.write("releases/leftover/deep/file", "")
        let leftover = try #require(DirectoryIdentity(at: scratch.path("releases/leftover")))
        try Files.rename(scratch.path("releases/leftover"), to: scratch.path("releases/.removed-\(leftover)"))
        try scratch.write("precious/file", "")
        try Files.replaceLink(scratch.path("releases/v1/link"), target: "../../precious")
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let outside = scratch.path("precious")
        let old = ["v1", "v2"].map { scratch.path("releases/\($0)") }
        let releases = try (old + [outside]).map(Self.deployed)
        #expect(Pruning.remove(releases, layout: layout) == old.map { .removed($0) })
        #expect(try Files.list(scratch.path("releases")) == ["v3"])
        #expect(try Files.list(outside) == ["file"])
    }

    @Test("What cannot be removed is told, and the others go")
    func tellsFailures() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let (none, old) = (scratch.path("releases/none"), scratch.path("releases/v1"))
        let release = try Self.deployed(old)
        let gone = DeployedRelease(
            path: none, directory: release.directory, deployed: release.deployed, served: release.served)
        let fates = Pruning.remove([gone, release], layout: layout)
        try #require(fates.count == 2)
        let reason = if case .kept(none, let reason) = fates[0] { reason } else { nil as String? }
        #expect(try #require(reason, "\(fates[0])").contains("No such file"))
        #expect(fates[1] == .removed(old))
        #expect(try Files.list(scratch.path("releases")) == [])
    }

    /// What lies there now, deployed just now.
    private static func deployed(_ path: String) throws -> DeployedRelease {
        DeployedRelease(
            path: path, directory: try #require(DirectoryIdentity(at: path)), deployed: WallClock.now(),
            served: WallClock.now())
    }

    @Test("Another directory that has the name by now stays, when it has it before the look and when behind it")
    func keepsAnother() throws {
        let scratch = try TemporaryDirectory()
        for name in ["v1", "v2"] { try scratch.release("releases/\(name)") }
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let old = try ["v1", "v2"].map { try Self.deployed(scratch.path("releases/\($0)")) }
        // The file system's clock goes in ticks, and a birth of the same tick would be the same.
        let made = try Files.status(scratch.path("releases/v2")).changed
        try wait(for: "the next tick") {
            try scratch.write("tick", "")
            return try Files.status(scratch.path("tick")).changed > made
        }
        func replace(_ name: String) throws {
            // Removed, so that the next directory may get its number.
            try Files.removeTree(scratch.path("releases/\(name)"))
            try scratch.write("releases/\(name)/IMPORTANT", "notes")
        }
        try replace("v1")
        let fates = Pruning.remove(old, layout: layout) { release in
            if release.path == scratch.path("releases/v2") { try? replace("v2") }
            return nil
        }
        let reason = "it is not the directory that was deployed"
        #expect(fates == old.map { .kept($0.path, because: reason) })
        #expect(try Files.list(scratch.path("releases")) == ["v1", "v2"])
        for name in ["v1", "v2"] { #expect(try Files.list(scratch.path("releases/\(name)")) == ["IMPORTANT"]) }
    }

    @Test("What a crash left under a removed name is removed only if it is what had the name")
    func keepsAnotherLeftover() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("releases/mine/file", "")
        let name = ".removed-\(DirectoryIdentity(device: 1, inode: 2, born: 3))"
        try Files.rename(scratch.path("releases/mine"), to: scratch.path("releases/\(name)"))
        try scratch.write("releases/.removed-by-hand/file", "")
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let fates = Pruning.remove([], layout: layout)
        try #require(fates.count == 1)
        guard case .left(let path, _) = fates[0] else { return #expect(Bool(false), "\(fates)") }
        #expect(path == scratch.path("releases/\(name)"))
        for left in [name, ".removed-by-hand"] {
            #expect(try Files.list(scratch.path("releases/\(left)")) == ["file"])
        }
    }

    @Test("A release in which something came or went after its last deploy stays")
    func keepsChanged() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let release = try Self.deployed(scratch.path("releases/v1"))
        #expect(release.obstacle() == nil)
        let earlier = DeployedRelease(
            path: release.path, directory: release.directory, deployed: release.deployed - .seconds(3600),
            served: release.served)
        #expect(earlier.obstacle()?.hasPrefix("something in it was added or removed at ") == true)
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let reason = try #require(earlier.obstacle())
        #expect(Pruning.remove([earlier], layout: layout) == [.kept(release.path, because: reason)])
        #expect(Pruning.remove([release], layout: layout) == [.removed(release.path)])
    }

    @Test(
        "A file that came deep into a release since it served, or was changed there, keeps it; a cache does not",
        arguments: [
            ("wp-content/uploads/2026/cat.png", true), ("app/__pycache__/view.cpython-311.pyc", false),
            ("app/view.pyc", false), ("var/cache/prod/page.php", false), ("public/index.html", true),
            ("storage/framework/views/1a2b.php", false), ("storage/app/report.pdf", true),
            ("logs/production.log", false),
        ])
    func keepsDeep(place: String, stays: Bool) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        for directory in ["public", "app", "storage/app"] { try scratch.write("releases/v1/\(directory)/old", "old") }
        let release = try Self.deployed(scratch.path("releases/v1"))
        #expect(LaterFiles(in: release).obstacle == nil)
        // The file system's clock goes in ticks.
        try wait(for: "the next tick") {
            try scratch.write("tick", "")
            return try Files.status(scratch.path("tick")).changed > release.served
        }
        try scratch.write("releases/v1/\(place)", "made by a user")
        #expect((LaterFiles(in: release).obstacle?.hasPrefix("\(place) was added or changed") ?? false) == stays)
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let fates = Pruning.remove([release], layout: layout)
        if stays {
            #expect(fates == [.kept(release.path, because: try #require(LaterFiles(in: release).obstacle))])
            #expect(try Files.read(scratch.path("releases/v1/\(place)")) == Array("made by a user".utf8))
        } else {
            #expect(fates == [.removed(release.path)])
        }
    }

    @Test("A file that was moved into a release keeps it, whatever its times; a second name or another mode does not")
    func keepsMoved() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try scratch.write("releases/v1/public/page.html", "page")
        try scratch.write("elsewhere/photo.jpg", "photo")
        let release = try Self.deployed(scratch.path("releases/v1"))
        try wait(for: "the next tick") {
            try scratch.write("tick", "")
            return try Files.status(scratch.path("tick")).changed > release.served
        }
        let page = scratch.path("releases/v1/public/page.html")
        try #require(unsafe link(page, scratch.path("elsewhere/page.html")) == 0)
        try #require(unsafe chmod(page, 0o640) == 0)
        #expect(LaterFiles(in: release).obstacle == nil)
        try Files.rename(scratch.path("elsewhere/photo.jpg"), to: scratch.path("releases/v1/public/photo.jpg"))
        #expect(LaterFiles(in: release).obstacle?.hasPrefix("public/photo.jpg was") == true)
    }

    @Test("A release has served since the cut-over of its first deploy, whatever came behind it")
    func servedSince() throws {
        let (first, later) = (WallClock.now() - .seconds(100), WallClock.now())
        func record(_ id: Int, _ time: Duration, _ directory: DirectoryIdentity) -> HistoryRecord {
            var record = HistoryTests.record(id, to: "/r/v1")
            record.time = WallClock.text(time)
            record.directory = directory
            record.steps = [
                .init(name: "booting", milliseconds: 70_000), .init(name: "watching", milliseconds: 5_000),
                .init(name: "committing", milliseconds: 500),
            ]
            return record
        }
        let directory = DirectoryIdentity(device: 1, inode: 2, born: 3)
        let another = DirectoryIdentity(device: 1, inode: 9, born: 3)
        let records = [record(1, .zero, another), record(2, first, directory), record(3, later, directory)]
        let release = try #require(
            DeployedRelease("/r/v1", in: History(path: "/none", content: records.flatMap(History.line))))
        #expect(release.deployed > release.served + .seconds(100))
        #expect(abs((release.served - (first - .milliseconds(5500))).microseconds) < 2000)
    }

    @Test("The last commit says which directory a release is; without its word the release stays")
    func judges() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let path = scratch.path("releases/v1")
        var record = HistoryTests.record(1, to: path)
        record.time = WallClock.text(WallClock.now())
        func judge(_ records: [HistoryRecord]) -> Pruning.Judgement {
            Pruning.judge(path, History(path: "/none", content: records.flatMap(History.line)))
        }
        let unknown = Pruning.Judgement.stays(
            because: "the history does not say which directory was deployed, so it may be another")
        #expect(judge([record]) == unknown)
        var known = record
        known.directory = DirectoryIdentity(at: path)
        guard case .mayGo(let deployed) = judge([record, known]) else {
            Issue.record("it stays")
            return
        }
        #expect(deployed.path == path && deployed.directory == known.directory)
        #expect(judge([known, record]) == unknown)
        var failed = record
        failed.outcome = .failed
        #expect(judge([known, failed]) == .mayGo(deployed))
        known.directory = DirectoryIdentity(device: 1, inode: 2, born: nil)
        #expect(judge([known]) == .stays(because: DeployedRelease.isAnother))
    }

    @Test("What stands in the place of a link to a shared directory is somebody's, and keeps the release")
    func shared() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let path = scratch.path("releases/v1")
        try scratch.write("releases/v1/public/uploads/mine.txt", "mine")
        var record = HistoryTests.record(1, to: path)
        record.time = WallClock.text(WallClock.now())
        record.directory = DirectoryIdentity(at: path)
        let history = History(path: "/none", content: History.line(record))
        guard case .stays(let reason) = Pruning.judge(path, history, shared: ["public/uploads"]) else {
            Issue.record("it goes")
            return
        }
        #expect(reason == "what is at public/uploads is no link to the shared directory, and may be somebody's")
        guard case .mayGo = Pruning.judge(path, history, shared: ["elsewhere"]) else {
            Issue.record("it stays")
            return
        }
    }

    @Test("The words for the removing process are read as they were written, and others are none")
    func words() {
        for born in [nil, 4_711_000_000_123] as [Int64?] {
            let release = DeployedRelease(
                path: "/r/v 1", directory: DirectoryIdentity(device: 2049, inode: .max, born: born),
                deployed: .microseconds(1_700_000_000_123_456),
                served: .microseconds(1_700_000_000_000_001))
            #expect(DeployedRelease(words: release.words[...]) == release)
        }
        for words in [
            [], ["1.2.3", "4", "4"], ["1.2", "4", "4", "/r"], ["1.2.x", "4", "4", "/r"], ["1.2.3", "x", "4", "/r"],
            ["1.2.3", "4", "x", "/r"],
        ] {
            #expect(DeployedRelease(words: words[...]) == nil)
        }
        #expect(PruneStep.run(["/r", "/", "--", "/r/v1"]) == 64)
    }

    @Test(
        "What lies in a work tree stays, tracked or not, also what is one itself", arguments: [".git", ".hg", ".svn"])
    func keepsWorkTrees(mark: String) throws {
        let scratch = try TemporaryDirectory()
        for name in ["v1", "v2"] { try scratch.release("site/releases/\(name)") }
        let old = scratch.path("site/releases/v1")
        #expect(Pruning.obstacle(to: old) == nil)
        // A work tree of `git worktree` has a file there.
        try scratch.write("site/\(mark)", "gitdir: elsewhere")
        #expect(Pruning.obstacle(to: old) == "it is in the work tree \(scratch.path("site"))")
        try Files.unlink(scratch.path("site/\(mark)"))
        try scratch.write("site/releases/v1/\(mark)/HEAD", "")
        #expect(Pruning.obstacle(to: old) == "it is in the work tree \(old)")
        #expect(Pruning.obstacle(to: scratch.path("site/releases/v2")) == nil)
    }

    @Test("What a running release leads to stays: by a link, by a script's first line, by a Python environment")
    func keepsWhatIsLedTo() throws {
        let scratch = try TemporaryDirectory()
        for name in ["v1", "v2", "v3", "v4", "v5", "v6"] { try scratch.release("releases/\(name)") }
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let place = { (name: String) in scratch.path("releases/\(name)") }
        try scratch.write("releases/v6/deep/x", "")
        try Files.replaceLink(place("v6/deep/shared"), target: "../../v1/public")
        try scratch.write("releases/v6/bin/run", "#!\(place("v2"))/venv/bin/python3 -u\n")
        try Files.setMode(place("v6/bin/run"), 0o755)
        try scratch.write("releases/v6/venv/pyvenv.cfg", "home = \(place("v3"))/python/bin\nversion = 3\n")
        // By way of a link that is in no release.
        try Files.replaceLink(scratch.path("media"), target: "releases/v4/media")
        try Files.replaceLink(place("v6/media"), target: scratch.path("media"))
        let use = ReleaseUse(of: [place("v6")], layout: layout)
        for (name, file) in [("v1", "deep/shared"), ("v2", "bin/run"), ("v3", "venv/pyvenv.cfg"), ("v4", "media")] {
            #expect(use.obstacle(to: place(name)) == "v6 uses it (\(file))", "\(name)")
        }
        #expect(use.obstacle(to: place("v5")) == nil)
    }

    @Test("A release in which a process stands stays")
    func keepsWhereProcessesAre() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let script = "cd \"$1\" && echo there && exec sleep 600"
        let child = try Child([try Program.path("sh"), "-c", script, "sh", scratch.path("releases/v1")])
        try child.wait(forOutput: "there\n")
        let use = ReleaseUse(of: [], layout: layout)
        #expect(use.obstacle(to: scratch.path("releases/v1")) == "process \(child.pid) uses it")
        try child.send(.kill)
        _ = try child.wait()
    }

    @Test("The report of a removal is read as it was written, and a strange line is none")
    func reports() {
        #expect(Pruning.Fate(line: "removed\t/r/v1") == .removed("/r/v1"))
        #expect(Pruning.Fate(line: "kept\t/r/v1\tsomebody\tthere") == .kept("/r/v1", because: "somebody\tthere"))
        #expect(Pruning.Fate(line: "left\t/r/v1\tx") == .left("/r/v1", because: "x"))
        for line in ["removed", "kept\t/r/v1", "gone\t/r/v1", ""] { #expect(Pruning.Fate(line: line[...]) == nil) }
    }
}

@Suite("Releases on disk")
struct ReleaseLayoutTests {
    @Test("Releases are directories: links, files and dot names are none")
    func listsReleases() throws {
        let scratch = try TemporaryDirectory()
        for name in ["v1", "v2", ".hidden"] { try scratch.release("releases/\(name)") }
        try scratch.write("releases/notes.txt", "")
        try Files.replaceLink(scratch.path("releases/latest"), target: "v2")
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        #expect(layout.releases() == [scratch.path("releases/v1"), scratch.path("releases/v2")])
    }

    @Test("The current link moves in one step, and is relative, so that the folder may move")
    func movesCurrent() throws {
        let scratch = try TemporaryDirectory()
        for name in ["releases/v1", "releases/v2", "elsewhere/v3"] { try scratch.release(name) }
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        #expect(layout.current() == nil)
        for name in ["releases/v1", "releases/v2", "elsewhere/v3"] {
            try layout.moveCurrent(to: scratch.path(name))
            #expect(layout.current() == scratch.path(name))
            #expect(try Files.readLink(scratch.path("current")) == name)
        }
        try layout.moveCurrent(to: "/opt")
        #expect(try Files.readLink(scratch.path("current")) == "/opt")
    }

    @Test("A file in the place of the current link, or of the one that is made first, is told, and stays")
    func refusesFile() throws {
        for name in ["current", "current.new"] {
            let scratch = try TemporaryDirectory()
            try scratch.release("releases/v1")
            try scratch.write(name, "mine")
            let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
            #expect(layout.linkObstacle == LinkObstacle(path: scratch.path(name), kind: .file))
            #expect(layout.current() == nil)
            #expect(throws: SystemError.self) { try layout.moveCurrent(to: layout.releasesDirectory + "/v1") }
            #expect(String(decoding: try Files.read(scratch.path(name)), as: UTF8.self) == "mine")
            #expect(try Files.list(scratch.path) == [name, "releases"])
        }
    }

    @Test("A directory in the place of the current link is told, and stays")
    func refusesDirectory() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try Files.makeDirectory(scratch.path("current"))
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        #expect(throws: SystemError.self) { try layout.moveCurrent(to: layout.releasesDirectory + "/v1") }
        #expect(try Files.list(scratch.path) == ["current", "releases"])
    }

    @Test("A bare name means what lies here, else a release")
    func locates() throws {
        let scratch = try TemporaryDirectory()
        for name in ["releases/v1", "releases/v2", "v2"] { try scratch.release(name) }
        let layout = ReleaseLayout(releasesDirectory: scratch.path("releases"), baseDirectory: scratch.path)
        let here = scratch.path
        #expect(layout.locate("v1", from: here) == here + "/releases/v1")
        #expect(layout.locate("v1/", from: here) == here + "/releases/v1")
        #expect(layout.locate("v1//", from: here) == here + "/releases/v1")
        #expect(layout.locate("v2/", from: here) == here + "/v2")
        #expect(layout.locate("/", from: here) == "/")
        #expect(layout.locate("v2", from: here) == here + "/v2")
        #expect(layout.locate("v9", from: here) == here + "/v9")
        #expect(layout.locate("releases/v1", from: here) == here + "/releases/v1")
        #expect(layout.locate("/abs", from: here) == "/abs")
        #expect(layout.label(here + "/v2") == "v2")
    }
}
