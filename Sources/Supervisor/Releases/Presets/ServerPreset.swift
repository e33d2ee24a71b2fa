/// The manifest for a known server, as `deployd init --server` writes it.
package struct ServerPreset: Sendable {
    /// The name on the command line.
    package let name: String
    /// One line for the list.
    package let summary: String
    /// The text of `release.json`, with a comment for what a person must know.
    package let manifest: String
    /// The kind of process that it is behind deployd's own web server, as a value of `processes`; nil: no such form is known,
    /// or the manifest has it already.
    let process: String?
    /// A first page, in a directory of its own, for a release that has no such directory yet; nil: it needs none.
    package let page: Page?

    /// A file of a release.
    package struct Page: Sendable {
        /// Relative to the release.
        package let path: String
        /// The content of the file.
        package let text: String
    }

    init(name: String, summary: String, process: String? = nil, manifest: String, page: Page? = nil) {
        self.name = name
        self.summary = summary
        self.process = process
        self.manifest = manifest
        self.page = page
    }

    /// The text of `release.json` with deployd's own web server in front, as `--behind-web` writes it; nil as for `process`.
    package var behindWeb: String? {
        process.map { process in
            """
            {
                // deployd's web server owns the users' connections, and loses none of them. The server behind it is told to
                // stop when the web workers of its generation have ended. `workers` is the number of its processes.
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
    package static let all = (python + ruby + perl + webServers + others + [files]).sorted { $0.name < $1.name }

    /// The preset of this name; nil: there is none.
    package static func named(_ name: String) -> ServerPreset? { all.first { $0.name == name } }

    /// The preset that is probably meant by a name that none has: by that of a language or a framework, or by a slip of the
    /// hand; nil: none is.
    package static func nearest(to name: String) -> String? {
        meant.first { $0.words.contains(name.lowercased()) }?.name ?? NearestName.of(name, in: all.map(\.name))
    }

    /// Other names for the programs that the presets run.
    static let meant: [(name: String, words: Set<String>)] = [
        ("files", ["static", "html", "site", "web", "public", "hugo", "jekyll", "spa"]),
        ("go", ["golang"]),
        ("gunicorn", ["python", "python3", "django", "flask", "wsgi", "bottle", "pyramid"]),
        ("java", ["jetty", "jvm", "spring", "kotlin"]),
        ("node", ["nodejs", "js", "javascript", "typescript", "express", "npm"]),
        ("php-fpm", ["php", "fpm", "laravel", "symfony", "wordpress", "drupal"]),
        ("puma", ["ruby", "rails", "rack", "sinatra"]),
        ("starlet", ["perl", "psgi", "plack", "dancer", "mojolicious"]),
        ("uvicorn", ["asgi", "fastapi", "starlette"]),
    ]
}
