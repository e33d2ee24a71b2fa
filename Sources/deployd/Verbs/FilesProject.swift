internal import Linux
internal import Supervisor

/// A directory in which somebody makes a site of files: it may have one already, elsewhere than where the preset looks.
struct FilesProject {
    /// The path as it was named.
    let directory: String

    /// Where the tools that make sites put them.
    private static let outputs = ["dist", "build", "_site", "out", "html", "htdocs", "www"]

    /// The directory that the preset serves is there: it is somebody's, whatever is in it.
    private var hasPublic: Bool { (try? Files.status("\(directory)/public", followingLinks: false)) != nil }

    /// Where its pages are, if the preset would not find them: a directory in it that has a first page; nil: nowhere, or in
    /// more than one.
    private var output: String? {
        let found = Self.outputs.filter { Files.kind("\(directory)/\($0)/index.html") == .file }
        return found.count == 1 ? found.first : nil
    }

    /// Pages in the directory itself, where nobody is served them: all of it would be open to users, sources included.
    private var loose: [String] {
        ((try? Files.list(directory)) ?? []).sorted().filter { $0.hasSuffix(".html") || $0.hasSuffix(".htm") }
    }

    /// The preset for what lies there: its manifest, the page to write, if any, and what to say of it.
    func adapted(
        _ text: String, _ page: ServerPreset.Page
    ) -> (text: String, page: ServerPreset.Page?, notes: [String]) {
        guard !hasPublic else { return (text, nil, []) }
        if let output {
            let own = text.replacing("what is in public", with: "what is in \(output)")
                .replacing("\"public\"", with: "\"\(output)\"")
            return (own, nil, ["the site: \(output)"])
        }
        guard loose.isEmpty else {
            let place = ShellWord.quoted("\(directory)/public")
            let names = loose.map { ShellWord.quoted("\(directory)/\($0)") }.joined(separator: " ")
            return (
                text, nil,
                [
                    "your pages lie beside release.json, and only what is in public is served: move them there, with all that they "
                        + "need: mkdir \(place) && mv \(names) \(place)"
                ]
            )
        }
        return (text, page, ["wrote \(directory)/\(page.path): a first page"])
    }
}
