/// The manifest for a known application under deployd's own web server, as `deployd init --app` writes it: with what must not be
/// served, its limits, its health path, and the directories that its releases share.
package struct AppPreset: Sendable {
    /// The name on the command line.
    package let name: String
    /// One line for the list.
    package let summary: String
    /// The text of `release.json`.
    package let manifest: String
    /// Files beside it that the manifest names.
    package let files: [ServerPreset.Page]
    /// The places in a release of what outlives it, for `shared` of deployd.json.
    package let shared: [String]

    init(name: String, summary: String, files: [ServerPreset.Page] = [], shared: [String] = [], manifest: String) {
        self.name = name
        self.summary = summary
        self.manifest = manifest
        self.files = files
        self.shared = shared
    }

    /// Every preset, by name.
    package static let all = [django, dokuwiki, laravel, mediawiki, rails, staticFiles, wordpress]

    /// The preset of this name; nil: there is none.
    package static func named(_ name: String) -> AppPreset? { all.first { $0.name == name } }

    /// The preset that is probably meant by a name that none has; nil: none is.
    package static func nearest(to name: String) -> String? { NearestName.of(name, in: all.map(\.name)) }

    /// What a person has to write into deployd.json for these places, a line; nil: nothing.
    package static func advice(shared: [String]) -> String? {
        guard !shared.isEmpty else { return nil }
        let pairs = shared.map { "\"\($0)\": \"/srv/site/shared/\(Paths.name($0))\"" }.joined(separator: ", ")
        return
            "what outlives a release: in deployd.json, shared: { \(pairs) }, and nothing in these places of a release"
    }
}
