internal import Linux

/// Finds uses of a release by others: links of other releases that lead into it, and processes.
struct ReleaseUse {
    /// Paths that lead into releases: their users, and every place on the way.
    private var uses: [(who: String, places: [String])] = []
    /// Why nobody can tell all uses; nil: all were looked at.
    private var doubt: String?

    /// Looks at the releases that run, and at all processes that this one may look at. It blocks.
    init(of running: [String], layout: ReleaseLayout) {
        for release in running {
            let found = ReleaseTree(release).ways()
            if !found.isComplete { doubt = "\(layout.label(release)), which runs, could not be searched completely" }
            for way in found.ends {
                uses.append(("\(layout.label(release)) uses it (\(way.file))", way.stations))
            }
        }
        for name in (try? Files.list("/proc")) ?? [] {
            guard let pid = Int32(name), pid != ThisProcess.pid else { continue }
            uses.append(("process \(pid) uses it", Self.places(of: pid)))
        }
    }

    /// Why a release has to stay; nil: nobody uses it.
    func obstacle(to release: String) -> String? {
        if let doubt { return doubt }
        return uses.first { $0.places.contains { Paths.contains(release, $0) } }?.who
    }

    /// The directory, the program, the open files and the mapped files of a process.
    private static func places(of pid: Int32) -> [String] {
        let base = "/proc/\(pid)"
        let open = ((try? Files.list("\(base)/fd")) ?? []).map { "\(base)/fd/\($0)" }
        let links = ["\(base)/cwd", "\(base)/exe", "\(base)/root"] + open
        let maps = (try? Files.read("\(base)/maps")) ?? []
        let mapped = maps.split(separator: UInt8(ascii: "\n")).compactMap { line in
            line.firstIndex(of: UInt8(ascii: "/")).map { String(decoding: line[$0...], as: UTF8.self) }
        }
        return links.compactMap { try? Files.readLink($0) }.filter { $0.hasPrefix("/") } + Array(Set(mapped))
    }
}
