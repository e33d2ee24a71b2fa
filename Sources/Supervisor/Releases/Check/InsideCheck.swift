internal import Linux

/// Where the files of a release lead: its links, and the interpreters that its scripts name in their first line. A copy
/// of a release (`cp -a v1 v2`) is full of ways back into the one that it was copied from.
struct InsideCheck {
    let release: ResolvedRelease
    let configuration: Configuration
    let surroundings: Surroundings

    private var layout: ReleaseLayout { ReleaseLayout(configuration) }

    /// So many files are named of each kind; the rest is counted.
    private static let told = 3

    /// A way that ends nowhere outside of the release is a problem; one into another release, or that ends nowhere
    /// inside, is a warning.
    func findings() -> (problems: [Problem], warnings: [String]) {
        let shown = Paths.shortened(release.path, from: surroundings.workingDirectory)
        let tree = ReleaseTree(release.path)
        let ways = tree.ways()
        let outside = Paths.contains(layout.releasesDirectory, release.path) ? layout.releasesDirectory : nil
        // (Of a shared directory that is gone SharedCheck tells.)
        let dead = ways.ends.filter { way in
            way.isLink && !way.isThere && !Paths.contains(release.path, way.target)
                && !configuration.shared.contains { Paths.contains($0.directory, way.target) }
        }
        let lost = ways.ends.filter { $0.isLink && !$0.isThere && Paths.contains(release.path, $0.target) }
        let strange = ways.ends.filter { way in
            outside.map { way.leads(into: $0, besides: release.path) } ?? false
        }
        let problems = dead.prefix(Self.told).map {
            Problem(
                file: Paths.join(shown, $0.file), found: "a dangling link to \($0.target)",
                expected: "a link to something that exists")
        }
        var warnings = summary(lost, shown) { "is a dangling link to \($0.target)" }
        warnings += summary(strange, shown) {
            $0.isLink
                ? "is a link into another release (\($0.target)): it breaks when that one is removed"
                : "is run by \($0.target), which belongs to another release: create it again here"
        }
        warnings += outward(ways.ends, shown)
        if dead.count > Self.told { warnings.append("\(shown): \(dead.count) such links in all") }
        if !ways.isComplete { warnings.append("\(shown) is too large to be searched completely: the rest was skipped") }
        return (Array(problems), warnings)
    }

    /// Links among the files of the web server that lead where it does not follow them.
    private func outward(_ ways: [ReleaseTree.Way], _ shown: String) -> [String] {
        (release.manifest.web?.parts ?? []).flatMap { outward(ways, shown, $0.settings) }.uniqued()
    }

    private func outward(_ ways: [ReleaseTree.Way], _ shown: String, _ web: WebSettings) -> [String] {
        let roots = [web.files, web.fastcgi?.root].compactMap { $0 }.compactMap {
            try? Files.realPath(Paths.join(release.path, $0))
        }
        let places = web.follow.map { Paths.join(release.path, $0) } + configuration.shared.map(\.directory)
        let followed = places.map { (try? Files.realPath($0)) ?? $0 }
        return roots.uniqued().flatMap { root -> [String] in
            let isInside = Paths.contains(release.path, root)
            let all = isInside ? ways : ReleaseTree(root).ways().ends
            let strange = all.filter { way in
                let place = Paths.join(isInside ? release.path : root, way.file)
                guard way.isLink, way.isThere, Paths.contains(root, place), let end = way.stations.last else {
                    return false
                }
                return !([root] + followed).contains { Paths.contains($0, end) }
            }
            return summary(strange, isInside ? shown : root) {
                "is a link to \($0.target): the web server follows it only if `web.follow` or `shared` names a directory there"
            }
        }
    }

    private func summary(_ ways: [ReleaseTree.Way], _ shown: String, _ text: (ReleaseTree.Way) -> String) -> [String] {
        ways.prefix(Self.told).map { "\(Paths.join(shown, $0.file)) \(text($0))" }
            + (ways.count > Self.told ? ["\(shown): \(ways.count - Self.told) more of the same kind"] : [])
    }
}
