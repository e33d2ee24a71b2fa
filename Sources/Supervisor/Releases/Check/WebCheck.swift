internal import Compression
internal import DeployCore
internal import Linux

/// Checks that the settings of deployd's own web server fit the rest of the release.
struct WebCheck {
    let manifest: Manifest
    let release: String
    /// The manifest's name in problems.
    let file: String
    /// Directories that releases share, and the release's links to them: they are made before a worker starts.
    var shared: [String] = []

    var problems: [Problem] {
        guard let web = manifest.web else { return [] }
        let probed = probed(web)
        return targetProblems(web) + commonPageProblems(web) + ruleProblems(web)
            + each(web) { part in
                fileProblems(part) + scriptProblems(part) + [logProblem(part), fallbackProblem(part)].compactMap { $0 }
            } + (probeProblem(probed.settings).map { [Self.told($0, in: probed.key)] } ?? [])
    }

    /// What answers the probe: it asks for the first host.
    func probed(_ web: WebSettings) -> (key: String, settings: WebSettings) {
        let sites = web.parts.filter { $0.key != "web" }
        return web.hosts.isEmpty ? sites.first ?? ("web", web) : ("web", web)
    }

    /// The problems of each site, with its key.
    private func each(_ web: WebSettings, _ problems: (WebSettings) -> [Problem]) -> [Problem] {
        var seen: Set<Problem> = []
        return web.parts.flatMap { key, part in
            // (What is common was told of `web` itself.)
            problems(part).filter { seen.insert($0).inserted }.map { Self.told($0, in: key) }
        }
    }

    private static func told(_ problem: Problem, in key: String) -> Problem {
        guard problem.keyPath.hasPrefix("web.") else { return problem }
        var problem = problem
        problem.keyPath = key + problem.keyPath.dropFirst("web".count)
        return problem
    }

    /// A hook that runs before may make what is not there.
    var mayBeMade: Bool { manifest.hooks[.before] != nil }

    /// The script for all other paths, which is PHP's to run and is not there: "File not found." for every one of them.
    private func fallbackProblem(_ web: WebSettings) -> Problem? {
        guard let fastCGI = web.fastcgi, let name = fastCGI.fallback, !mayBeMade,
            runsPHP(web)
        else { return nil }
        let place = Paths.normalised("\(fastCGI.root ?? web.files ?? ".")/\(name)")
        return missing(name, at: place, .file, "a script below `web.fastcgi.root`", "web.fastcgi.fallback")
    }

    /// A process of the release runs its scripts, and is known to answer for none that is not there.
    func runsPHP(_ web: WebSettings) -> Bool {
        guard let process = manifest.processes.first(where: { $0.name == web.fastcgi?.to }) else { return false }
        return ["php-fpm", "php-cgi"].contains(CommandFiles.plainName(of: process.command.first ?? ""))
    }

    /// The page that the probe asks for, which is not there: no such release is ever ready.
    private func probeProblem(_ web: WebSettings) -> Problem? {
        let health = manifest.health
        guard let target = health.path, !health.status.contains(404), manifest.readiness != .notify, !mayBeMade,
            web.redirects.isEmpty, let files = web.files
        else { return nil }
        let path = String(target.prefix { $0 != "?" })
        guard !path.contains("%"), isUnanswered(path, web) else { return nil }
        let place = Paths.join(release, files)
        let names = path.hasSuffix("/") && !web.index.isEmpty ? web.index.joined(separator: ", ") : "file"
        return Problem(
            file: file, keyPath: "health.path",
            found: "\(JSONValue.quoted(target)), which is answered with 404: there is no \(names) for it in \(place)",
            expected: "a page that is there, since the probe asks for it",
            advice: "put it into \(ShellWord.quoted(place)), or name another in `health.path`")
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
    var warnings: [String] {
        (manifest.web?.parts ?? []).flatMap { key, web in
            [ownDirectoryWarning(web, key), firstPageWarning(web, key)].compactMap { $0 } + widthWarnings(web, key)
        }.uniqued() + ruleWarnings + [compressionWarning].compactMap { $0 }
    }

    /// That nothing is compressed, for want of a library.
    private var compressionWarning: String? {
        guard manifest.web?.compress.isOn == true else { return nil }
        do throws(ZLibrary.Missing) {
            _ = try ZLibrary.open()
            return nil
        } catch {
            return "\(file): web.compress: \(error), or say so: { web: { compress: false } }"
        }
    }

    /// That a mounted or followed directory has the release in it, and so whatever lies beside it.
    private func widthWarnings(_ web: WebSettings, _ key: String) -> [String] {
        directories(web).compactMap { place, name in
            guard let name, let real = try? Files.realPath(Paths.join(release, name)), real != "/",
                Paths.contains(real, release)
            else { return nil }
            return
                "\(file): \(key)\(place.dropFirst("web".count)): \(JSONValue.quoted(name)) has the release itself in it: "
                + "everything there may be served, its sources too; name a directory that is for users"
        }
    }

    /// That the whole release is served, with its sources and whatever else lies in it.
    private func ownDirectoryWarning(_ web: WebSettings, _ key: String) -> String? {
        guard let files = web.files, let real = try? Files.realPath(Paths.join(release, files)),
            Paths.contains(real, release)
        else { return nil }
        let place = real == release ? "is" : "is above"
        return "\(file): \(key).files: \(JSONValue.quoted(files)) \(place) the release's own directory: "
            + "everything in it is served, except what deployd itself reads and writes; put what is for users into its "
            + "own directory, such as \"public\""
    }

    /// That nothing answers the site's first page. It may be meant so: a host for pictures, say.
    private func firstPageWarning(_ web: WebSettings, _ key: String) -> String? {
        guard let files = web.files, isUnanswered("/", web), probeProblem(web) == nil else {
            return nil
        }
        let names = web.index + (web.fastcgi.map { ["index\($0.suffix)"] } ?? [])
        let page = names.isEmpty ? "file for `/`" : names.joined(separator: ", ")
        return "\(file): \(key).files: there is no \(page) in \(Paths.join(release, files)): `/` is answered with 404"
            + (manifest.health.status.contains(404) ? ", which the probe accepts" : "")
    }

    /// Neither a file nor anything else that `web` names answers a path.
    private func isUnanswered(_ path: String, _ web: WebSettings) -> Bool {
        guard let files = web.files, Files.kind(Paths.join(release, files)) == .directory, web.fastcgi?.fallback == nil,
            !web.forward.keys.contains(where: { Self.leads($0, to: path) })
        else { return false }
        // (Not for what looks like a file.)
        let last = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if web.fallback != nil, !last.contains(".") { return false }
        let isDirectory = path.hasSuffix("/")
        // A segment of the path may name a script.
        if let suffix = web.fastcgi?.suffix, path.contains(suffix) { return false }
        let roots = [files] + (web.fastcgi.map { [$0.root ?? files] } ?? [])
        let names = isDirectory ? web.index + (web.fastcgi.map { ["index\($0.suffix)"] } ?? []) : [""]
        return !roots.contains { root in
            names.contains { name in
                let kind = Files.kind(Paths.join(release, "\(root)/\(path)\(name)"))
                return isDirectory ? kind == .file : kind != nil
            }
        }
    }

    /// A prefix of `forward` counts at the ends of segments.
    private static func leads(_ prefix: String, to path: String) -> Bool {
        let bare = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        return path == bare || path.hasPrefix("\(bare)/")
    }

    /// Scripts where only files are sent: their source never is.
    private func scriptProblems(_ web: WebSettings) -> [Problem] {
        guard let suffix = web.fastcgi?.suffix else { return [] }
        let pages = web.pages(in: release).map { (Self.pageKey($0), $0.name, "a page that is not a script") }
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
        let pages = web.pages(in: release).filter { !$0.isCommon }
        var problems =
            ([("web.files", web.files), ("web.fastcgi.root", web.fastcgi?.root)] + directories(web)).compactMap {
                key, directory in
                directory.flatMap { missing($0, at: $0, .directory, "a directory", key) }
            } + directories(web).compactMap { wholeMachineProblem($0.0, $0.1) }
            + pages.compactMap {
                let place =
                    web.files == nil
                    ? "a file in the release, since there is no `web.files`" : "a file below `web.files`"
                return missing($0.name, at: $0.path, .file, place, Self.pageKey($0))
            }
        guard let fallback = web.fallback else { return problems }
        let path = Paths.join(web.files ?? web.fastcgi?.root ?? "", fallback)
        problems += [missing(fallback, at: path, .file, "a file below `web.files`", "web.fallback")].compactMap { $0 }
        if web.files == nil {
            problems.append(
                Problem(
                    file: file, keyPath: "web.files", found: "nothing",
                    expected: "the directory in which the fallback is"))
        }
        return problems
    }

    private static func pageKey(_ page: WebSettings.ErrorPage) -> String {
        JSONOutline.path("web.errorPages", key: "\(page.status)")
    }

    /// Pages of all sites that one of them does not have, where nothing answers beside the sites: told where they are written.
    /// (Else that has to have them too.)
    private func commonPageProblems(_ web: WebSettings) -> [Problem] {
        guard !web.answers else { return [] }
        var told: Set<Int> = []
        return web.sites.flatMap { site in
            site.settings.pages(in: release).filter(\.isCommon).compactMap { page in
                let place = "a file in the release, or below the files of each site that has none of its own: "
                let expected = place + JSONValue.quoted(site.hosts[0])
                let problem = missing(page.name, at: page.path, .file, expected, Self.pageKey(page))
                return problem.flatMap { told.insert(page.status).inserted ? $0 : nil }
            }
        }
    }

    private func wholeMachineProblem(_ key: String, _ name: String?) -> Problem? {
        guard let name, (try? Files.realPath(Paths.join(release, name))) == "/" else { return nil }
        return Problem(
            file: file, keyPath: key, found: "\(JSONValue.quoted(name)), all files of this machine",
            expected: "a directory that has nothing but what is for users")
    }

    /// Directories that may lie anywhere, with their keys.
    private func directories(_ web: WebSettings) -> [(String, String?)] {
        let mounts = web.mounts.sorted { $0.key < $1.key }.map {
            (JSONOutline.path("web.mounts", key: $0.key), $0.value)
        }
        let named = mounts + web.follow.enumerated().map { ("web.follow[\($0.offset)]", $0.element) }
        return named.filter { _, name in !shared.contains { Paths.contains($0, Paths.join(release, name)) } }
            .map { ($0.0, $0.1) }
    }

    /// The problem of what is not there, or is no such thing; nil: it is.
    func missing(
        _ name: String, at path: String, _ kind: FileStatus.Kind, _ expected: String, _ key: String
    ) -> Problem? {
        let place = Paths.join(release, path)
        guard Files.kind(place) != kind else { return nil }
        return Problem(
            file: file, keyPath: key, found: JSONValue.quoted(name), expected: expected,
            advice: "there is none at \(place)")
    }
}
