internal import DeployCore
internal import Linux

/// Checks that the settings of deployd's own web server fit the rest of the release.
struct WebCheck {
    let manifest: Manifest
    let release: String
    /// The manifest's name in problems.
    let file: String

    var problems: [Problem] {
        guard let web = manifest.web else { return [] }
        return targetProblems(web) + fileProblems(web) + scriptProblems(web) + [logProblem(web)].compactMap { $0 }
    }

    /// The web workers make the file of the access log, and no directory for it. A hook that runs before may.
    private func logProblem(_ web: WebSettings) -> Problem? {
        guard let name = web.accessLog?.file, manifest.hooks[.before] == nil else { return nil }
        let path = Paths.join(release, name)
        let directory = Paths.parent(path)
        let isThere = Files.kind(directory) == .directory
        guard !isThere || Files.kind(path) == .directory else { return nil }
        return Problem(
            file: file, keyPath: "web.accessLog.file",
            found: JSONValue.quoted(name) + (isThere ? ", a directory" : ", in a directory that does not exist"),
            expected: isThere ? "a file" : "a file in a directory that exists",
            advice: isThere ? "" : "there is no \(directory): mkdir -p \(ShellWord.quoted(directory))")
    }

    /// Settings that may be meant so, and may yet surprise: a line each.
    var warnings: [String] { [ownDirectoryWarning, firstPageWarning].compactMap { $0 } }

    /// That the whole release is served, with its sources and whatever else lies in it.
    private var ownDirectoryWarning: String? {
        guard let files = manifest.web?.files, let real = try? Files.realPath(Paths.join(release, files)),
            Paths.contains(real, release)
        else { return nil }
        let place = real == release ? "is" : "is above"
        return "\(file): web.files: \(JSONValue.quoted(files)) \(place) the release's own directory: "
            + "everything in it is served, except what deployd itself reads and writes; put what is for users into its "
            + "own directory, such as \"public\""
    }

    /// That nothing answers the site's first page. It may be meant so: a host for pictures, say.
    private var firstPageWarning: String? {
        guard let web = manifest.web, let files = web.files, web.fallback == nil, web.fastcgi?.fallback == nil,
            web.forward["/"] == nil, Files.kind(Paths.join(release, files)) == .directory
        else { return nil }
        let roots = [files] + (web.fastcgi.map { [$0.root ?? files] } ?? [])
        let names = web.index + (web.fastcgi.map { ["index\($0.suffix)"] } ?? [])
        let isAnswered = roots.contains { root in
            names.contains { name in Files.kind(Paths.join(release, "\(root)/\(name)")) == .file }
        }
        guard !isAnswered else { return nil }
        let page = names.isEmpty ? "file for `/`" : names.joined(separator: ", ")
        return "\(file): web.files: there is no \(page) in \(Paths.join(release, files)): `/` is answered with 404"
            + (manifest.health.status.contains(404) ? ", which the probe accepts" : "")
    }

    /// Scripts where only files are sent: their source never is.
    private func scriptProblems(_ web: WebSettings) -> [Problem] {
        guard let suffix = web.fastcgi?.suffix else { return [] }
        let pages = web.errorPages.sorted { $0.key < $1.key }.map {
            (JSONOutline.path("web.errorPages", key: "\($0.key)"), $0.value, "a page that is not a script")
        }
        let fallback = web.fallback.map { [("web.fallback", $0, "a file; a script is `web.fastcgi.fallback`")] } ?? []
        return (pages + fallback).filter { $0.1.lowercased().hasSuffix(suffix.lowercased()) }.map {
            Problem(file: file, keyPath: $0.0, found: "the script \(JSONValue.quoted($0.1))", expected: $0.2)
        }
    }

    private func targetProblems(_ web: WebSettings) -> [Problem] {
        let kinds = manifest.processes.filter { $0.socket != .nowhere }.map(\.name)
        return web.targets.filter { !kinds.contains($0.target) && SocketAddress(parsing: $0.target) == nil }.map {
            Problem(
                file: file, keyPath: $0.key, found: JSONValue.quoted($0.target),
                expected: (kinds.map(JSONValue.quoted) + [
                    "an address such as \"127.0.0.1:8000\" or \"unix:/run/app.sock\""
                ])
                .joined(separator: ", "),
                advice: kinds.isEmpty ? "a kind of `processes` needs a `socket` to be reached" : "")
        }
    }

    private func fileProblems(_ web: WebSettings) -> [Problem] {
        let root = web.files ?? web.fastcgi?.root ?? ""
        let pages = web.errorPages.sorted { $0.key < $1.key }.map {
            (JSONOutline.path("web.errorPages", key: "\($0.key)"), $0.value)
        }
        let files = pages + (web.fallback.map { [("web.fallback", $0)] } ?? [])
        var problems =
            [("web.files", web.files), ("web.fastcgi.root", web.fastcgi?.root)].compactMap { key, directory in
                directory.flatMap { missing($0, at: $0, .directory, "a directory", key) }
            }
            + files.compactMap { key, name in
                missing(name, at: Paths.join(root, name), .file, "a file below `web.files`", key)
            }
        if web.files == nil, !files.isEmpty {
            problems.append(
                Problem(
                    file: file, keyPath: "web.files", found: "nothing",
                    expected: "the directory in which errorPages and fallback are"))
        }
        return problems
    }

    /// The problem of what is not there, or is no such thing; nil: it is.
    private func missing(
        _ name: String, at path: String, _ kind: FileStatus.Kind, _ expected: String, _ key: String
    ) -> Problem? {
        let place = Paths.join(release, path)
        guard Files.kind(place) != kind else { return nil }
        return Problem(
            file: file, keyPath: key, found: JSONValue.quoted(name), expected: expected,
            advice: "there is none at \(place)")
    }
}
