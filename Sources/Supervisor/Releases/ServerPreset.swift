/// What a known server needs in its manifest, as `deployd init --server` writes it.
package struct ServerPreset: Sendable {
    /// What it is called on the command line.
    package let name: String
    /// One line for the list.
    package let summary: String
    /// The text of `release.json`, with a comment for what a person must know.
    package let manifest: String
    /// The kind of process that it is behind deployd's own web server, as a value of `processes`; nil: no such form is known,
    /// or the manifest has it already.
    let process: String?

    init(name: String, summary: String, process: String? = nil, manifest: String) {
        self.name = name
        self.summary = summary
        self.process = process
        self.manifest = manifest
    }

    /// The text of `release.json` with deployd's own web server in front, as `--behind-web` writes it; nil as for `process`.
    package var behindWeb: String? {
        process.map { process in
            """
            {
                // deployd's web server has the users' connections, and loses none of them. The server behind is told to stop
                // when the web servers of its generation have gone. For each process: `workers`.
                web: { forward: { "/": "app" } },
                processes: {
                    app: \(process),
                },
                health: { path: "/" },
            }

            """
        }
    }

    /// Every preset, by name. Each command was run under deployd; the comments say what was seen.
    package static let all = (python + ruby + perl + webServers + others).sorted { $0.name < $1.name }

    /// The preset of this name; nil: there is none.
    package static func named(_ name: String) -> ServerPreset? { all.first { $0.name == name } }

    /// The nearest name to one that no preset has; nil: none is near.
    package static func nearest(to name: String) -> String? { NearestName.of(name, in: all.map(\.name)) }
}
