internal import DeployCore
internal import Linux

/// The files that a release's workers are known to read: the configuration that a command names, and the pages that the web
/// server is told to send.
struct ReadableFiles {
    /// A file, and the key that names it.
    struct Named: Equatable {
        let key: String
        let path: String
    }

    let release: ResolvedRelease

    /// All of them that are there. With a hook that runs before as another user nothing is known of what commands name: it
    /// may make it anew.
    var files: [Named] {
        let mayBeMade = release.manifest.hooks[.before].map { $0.user != nil } ?? false
        return (mayBeMade ? [] : ofCommands) + (release.manifest.web?.parts.flatMap { ofWeb($0.settings) } ?? [])
    }

    private var ofCommands: [Named] {
        let commands =
            [("command", release.arguments)]
            + release.processes.map { (JSONOutline.path("processes", key: $0.name) + ".command", $0.arguments) }
        return commands.flatMap { key, words in
            CommandFiles(directory: release.workingDirectory).named(by: words).map {
                Named(key: "\(key)[\($0.index)]", path: $0.path)
            }
        }
    }

    private func ofWeb(_ web: WebSettings) -> [Named] {
        let root = Paths.join(release.path, web.files ?? web.fastcgi?.root ?? "")
        let pages = web.pages(in: release.path).map {
            Named(key: JSONOutline.path("web.errorPages", key: "\($0.status)"), path: $0.path)
        }
        let fallback = web.fallback.map { [Named(key: "web.fallback", path: Paths.join(root, $0))] } ?? []
        let scripts = web.fastcgi?.suffix.lowercased()
        let index = web.index.filter { name in !(scripts.map { name.lowercased().hasSuffix($0) } ?? false) }
        let page = web.files == nil ? nil : first(of: index, in: root)
        return (page.map { [Named(key: "web.files", path: $0)] } ?? []) + fallback + pages + ofScripts(web)
    }

    /// Scripts are read by the application; one at an address runs as whom nobody here knows.
    private func ofScripts(_ web: WebSettings) -> [Named] {
        guard let fastCGI = web.fastcgi, release.processes.contains(where: { $0.name == fastCGI.to }) else { return [] }
        let root = Paths.join(release.path, fastCGI.root ?? web.files ?? "")
        let suffix = fastCGI.suffix
        let index = first(of: web.index.filter { $0.hasSuffix(suffix) } + ["index\(suffix)"], in: root)
        let fallback = fastCGI.fallback.map { Paths.normalised("\(root)/\($0)") }
        return (index.map { [Named(key: "web.fastcgi", path: $0)] } ?? [])
            + (fallback.map { [Named(key: "web.fastcgi.fallback", path: $0)] } ?? [])
    }

    private func first(of names: [String], in directory: String) -> String? {
        names.map { Paths.join(directory, $0) }.first { Files.kind($0) == .file }
    }
}
