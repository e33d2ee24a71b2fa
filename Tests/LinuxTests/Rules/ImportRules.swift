import Linux
import Testing

/// The design's rules on who may import whom, held by reading the sources.
@Suite("Import rules")
struct ImportRules {
    /// What the files of a folder may import at most. The longest folder that fits counts.
    private static let allowed: [(folder: String, modules: Set<String>)] = [
        ("Sources/Linux/", ["Glibc", "CLinux", "Synchronization"]),
        ("Sources/Linux/Time/BoundedCalls.swift", ["CLinux", "Dispatch", "Glibc", "Synchronization"]),
        ("Sources/Linux/Descriptors/ClosingQueue.swift", ["Dispatch", "Synchronization"]),
        ("Sources/Linux/Accounts/NameService.swift", ["Dispatch", "Synchronization"]),
        ("Sources/Handoff/", ["Linux"]),
        ("Sources/TLS/", ["CLinux", "Linux", "Handoff"]),
        ("Sources/Compression/", ["CLinux"]),
        ("Sources/DeployCore/", []),
        (
            "Sources/Supervisor/",
            ["DeployCore", "Linux", "Handoff", "TLS", "Compression", "FoundationEssentials", "Synchronization"]
        ),
        ("Sources/WebWorker/", ["Linux", "Handoff", "TLS", "Compression", "Dispatch", "Synchronization"]),
        ("Sources/WebWorkerJSON/", ["WebWorker", "FoundationEssentials"]),
        ("Sources/WebWorkerTesting/", ["WebWorker"]),
        ("Sources/WebWorker/HTTP/", []),
        ("Sources/WebWorker/Routing/", []),
        (
            "Sources/deployd/",
            ["DeployCore", "Linux", "Handoff", "Supervisor", "WebWorker", "FoundationEssentials", "Synchronization"]
        ),
        // An application: it may use what a user's may, but nothing of ours beyond the public library.
        ("releases/", ["WebWorker", "WebWorkerJSON", "Dispatch", "FoundationEssentials", "Synchronization"]),
        ("Benchmarks/Front/", ["WebWorker"]),
        ("Benchmarks/", ["Linux", "StrictLoad", "Synchronization"]),
    ]

    /// What a file imports beyond what its folder may.
    private func surplus(_ file: SourceFile) -> Set<String>? {
        let rule = Self.allowed.filter { file.path.hasPrefix($0.folder) }.max { $0.folder.count < $1.folder.count }
        return rule.map { file.imports.subtracting($0.modules) }
    }

    @Test("Every file imports only what its folder may")
    func imports() throws {
        let files = try SourceFile.all(in: ["Sources", "releases", "Benchmarks"])
        #expect(files.count > 50)
        for file in files {
            let surplus = try #require(self.surplus(file), "\(file.path) lies in no folder that the rules know")
            #expect(surplus.isEmpty, "\(file.path) imports \(surplus.sorted().joined(separator: ", "))")
        }
    }

    @Test("What the checker cannot prove has a reason beside it")
    func reasons() throws {
        for file in try SourceFile.all(in: ["Sources", "releases", "Benchmarks"]) {
            for word in ["@unchecked Sendable", "nonisolated(unsafe)", "try!", "as!"] {
                let places = file.unexplained(word)
                #expect(places.isEmpty, "\(file.path): \(word) without a reason in lines \(places)")
            }
        }
    }

    @Test("Nobody waits by the time of day, which somebody may set")
    func clocks() throws {
        for file in try SourceFile.all(in: ["Sources"]) where file.path != "Sources/Linux/Time/Semaphore.swift" {
            for word in ["DispatchSemaphore", "DispatchTime", "DispatchGroup", "pthread_cond_timedwait"] {
                let places = file.lines.indices.filter { file.lines[$0].contains(word) }
                #expect(places.isEmpty, "\(file.path): \(word) in lines \(places.map { $0 + 1 })")
            }
        }
    }

    @Test("Every declaration that another module sees has a doc comment")
    func documentation() throws {
        for file in try SourceFile.all(in: ["Sources/Linux", "Sources/Handoff", "Tests/TestSupport"]) {
            #expect(file.undocumented.isEmpty, "\(file.path): no doc comment in lines \(file.undocumented)")
        }
    }

    @Test("The rules find what they forbid")
    func rulesWork() {
        let core = SourceFile(path: "Sources/DeployCore/X.swift", text: "@preconcurrency package import Linux\n")
        #expect(surplus(core) == ["Linux"])
        let web = SourceFile(
            path: "Sources/WebWorker/X.swift", text: "import struct Foundation.Data\nimport Supervisor\n")
        #expect(surplus(web) == ["Foundation", "Supervisor"])
        #expect(surplus(SourceFile(path: "Sources/Elsewhere/X.swift", text: "")) == nil)
        let text = SourceFile(
            path: "x",
            text:
                "try! a()\n// Why.\ntry! b()\ntry! c() // why\nlet d = e as! F\n/// D.\npackage let f = 1\npublic let g = 2"
        )
        #expect(text.unexplained("try!") == [1])
        #expect(text.unexplained("as!") == [5])
        #expect(text.undocumented == [8])
    }
}
