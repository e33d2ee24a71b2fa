internal import Linux
internal import Supervisor

/// `deployd init --server NAME [DIR]`: a manifest for a known server. `deployd init --swift [DIR]`: a new application in Swift.
enum InitVerb {
    static let server = Option(name: "--server", value: "NAME", help: "the server that runs the application")
    static let behindWeb = Option(
        name: "--behind-web",
        help: "with --server: put deployd's web server in front, if the server loses requests when it stops")
    static let app = Option(
        name: "--app", value: "NAME", help: "the application: wordpress, django and so on, with its rules")
    static let swift = Option(name: "--swift", help: "a new application in Swift instead: a package with one file")
    static let package = Option(
        name: "--package", value: "PLACE",
        help: "with --swift: the directory or repository of WebWorker; else where this deployd was built")
    static let list = Option(name: "--list", help: "list the known servers")

    static let verb = Verb(
        name: "init", operands: [Verb.Operand(name: "DIR", isRequired: false)],
        options: [
            server, behindWeb, app, swift, package, list, ServerProject.listen, ServerProject.user, ServerProject.https,
        ],
        summary: "write the first deployd.json, the release.json for a known server, or a new application",
        details: """
            Alone it writes /etc/deployd/deployd.json, or the file that --config names: commented, for this machine, and with
            --https with all that certbot needs. With --server it writes DIR/release.json with what the server needs to run under deployd; edit it where your application differs.
            DIR is created if necessary; by default it is the working directory. The callable of a Python application is
            looked for in DIR (manage.py, wsgi.py, asgi.py, app.py, main.py). With --swift it writes a package with one
            file, an application on WebWorker, and its release.json. With --app it writes what a known application needs: what
            must not be served, limits, the health path, a php-fpm.conf. An existing file is never changed.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    /// What is wanted is a deployd.json: no DIR, and nothing that a release needs.
    private static func isForServer(_ invocation: Invocation) -> Bool {
        invocation.operands.isEmpty
            && ![server, behindWeb, app, swift, package].contains { invocation.has($0.name) }
    }

    private static func surroundings() throws(CommandError) -> Surroundings {
        do throws(SystemError) { return try Surroundings.ofThisProcess() } catch { throw CommandError(error) }
    }

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        for option in [ServerProject.listen, ServerProject.user, ServerProject.https]
        where invocation.has(option.name) && !isForServer(invocation) {
            throw mistake(
                "\(option.name) is for a new deployd.json: `deployd init \(option.name) …` without DIR and --server")
        }
        guard !invocation.has(list.name) else {
            let width = Columns.ofStandardOutput().width ?? Columns.page.width
            StandardOutput.write(listing(width: width).map { $0 + "\n" }.joined())
            return .done
        }
        if isForServer(invocation) { return try ServerProject(invocation, try surroundings()).write() }
        if invocation.has(swift.name) { return try writeApplication(invocation) }
        if let name = invocation.value(of: app) { return try write(name, invocation) }
        guard let name = invocation.value(of: server) else {
            throw mistake(
                "which server? init needs --server NAME or --app NAME (`deployd init --list` has the names), or --swift"
            )
        }
        guard let preset = ServerPreset.named(name) else {
            let nearest = ServerPreset.nearest(to: name).map { "; did you mean \($0)?" } ?? ";"
            throw mistake("--server \(name): unknown server\(nearest) `deployd init --list` has the names")
        }
        let directory = invocation.operands.first ?? "."
        let text = try manifest(of: preset, behindWeb: invocation.has(behindWeb.name))
        let found = preset.pythonInterface.map { adapted(text, to: PythonProject(directory), preset, $0) }
        var files = [(path: "\(directory)/release.json", text: found?.text ?? text)]
        var notes = found?.notes ?? ["wrote \(directory)/release.json: \(preset.summary)"]
        if let page = preset.page {
            let site = FilesProject(directory: directory).adapted(text, page)
            files[0].text = site.text
            if let page = site.page { files.append((path: "\(directory)/\(page.path)", text: page.text)) }
            notes += site.notes
        }
        try write(files)
        notes.append("to check it: \(invocation.advice.command("check", directory))")
        StandardOutput.write(notes.map { $0 + "\n" }.joined())
        return .done
    }

    /// Writes what a known application needs.
    private static func write(_ name: String, _ invocation: Invocation) throws(CommandError) -> ExitCode {
        guard !invocation.has(server.name) else { throw mistake("--server and --app: expected only one of them") }
        guard let preset = AppPreset.named(name) else {
            let nearest = AppPreset.nearest(to: name).map { "; did you mean \($0)?" } ?? ";"
            throw mistake("--app \(name): unknown application\(nearest) `deployd init --list` has the names")
        }
        let directory = invocation.operands.first ?? "."
        let adapted = preset.adapted(to: directory)
        var files = [(path: "\(directory)/release.json", text: adapted.manifest)]
        files += preset.files.map { (path: "\(directory)/\($0.path)", text: $0.text) }
        var found = adapted.notes
        if preset.servesFiles, let page = ServerPreset.named("files")?.page {
            let site = FilesProject(directory: directory).adapted(adapted.manifest, page)
            files[0].text = site.text
            if let page = site.page {
                files.append((path: "\(directory)/\(page.path)", text: page.text))
            } else {
                found += site.notes
            }
        }
        try write(files)
        let notes =
            files.map { "wrote \($0.path)" } + found + [AppPreset.advice(shared: adapted.shared)].compactMap { $0 }
        StandardOutput.write(
            (notes + ["to check it: \(invocation.advice.command("check", directory))"]).map { $0 + "\n" }.joined())
        return .done
    }

    /// The manifest for the application that lies there already, and what to say.
    private static func adapted(
        _ text: String, to project: PythonProject, _ preset: ServerPreset, _ interface: PythonProject.Interface
    ) -> (text: String, notes: [String]) {
        var text = text
        var notes = ["wrote \(project.directory)/release.json: \(preset.summary)"]
        if let callable = project.callable(interface) {
            text = text.replacing("\"app:app\"", with: "\"\(callable)\"")
            // The summary names what is looked for when nothing is there.
            let kind = preset.summary.prefix { $0 != ":" }
            notes = ["wrote \(project.directory)/release.json: \(kind)", "the application: \(callable)"]
        }
        let program = preset.name == "gunicorn-threads" ? "gunicorn" : preset.name
        if let environment = project.virtualEnvironment {
            notes.append(
                project.hasProgram(program)
                    ? "the environment: \(environment), active for everything that the release starts"
                    : "the environment \(environment) has no \(program): \(environment)/bin/pip install \(program)")
        }
        return (text, notes)
    }

    private static func manifest(of preset: ServerPreset, behindWeb: Bool) throws(CommandError) -> String {
        guard behindWeb else { return preset.manifest }
        if let text = preset.behindWeb { return text }
        let known = ServerPreset.all.filter { $0.behindWeb != nil }.map(\.name).joined(separator: ", ")
        throw mistake("--behind-web: \(preset.name) has no such form; expected one of \(known)")
    }

    /// The presets, a line each, or more where there is little room.
    static func listing(width: Int?) -> [String] {
        let servers = ServerPreset.all.map { ($0.name, $0.summary) }
        let apps = AppPreset.all.map { ($0.name, $0.summary) }
        let column = ((servers + apps).map(\.0.count).max() ?? 0) + 2
        let indent = String(repeating: " ", count: column)
        let lines = { (presets: [(name: String, summary: String)]) in
            presets.flatMap { preset in
                let first = preset.name + String(repeating: " ", count: column - preset.name.count)
                return Columns.wrap(preset.summary, to: width, first: first, indent: indent)
            }
        }
        return lines(servers) + ["", "With --app:"] + lines(apps)
    }

    private static func writeApplication(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        guard !invocation.has(server.name) else { throw mistake("--server and --swift: expected only one of them") }
        let directory = invocation.operands.first ?? "."
        let template = SwiftTemplate(package: try webWorker(invocation.value(of: package)))
        try write(template.files.map { ("\(directory)/\($0.path)", $0.text) })
        StandardOutput.write(
            """
            wrote \(directory): an application in \(directory)/Sources/App/main.swift
            to build it: swift build -c release --static-swift-stdlib --package-path \(ShellWord.quoted(directory))
            to deploy it: \(invocation.advice.command("deploy", directory))

            """)
        return .done
    }

    /// Where WebWorker's package is: what the person says, else the checkout that this program was built in.
    private static func webWorker(_ named: String?) throws(CommandError) -> String {
        do throws(SystemError) {
            if let named {
                if SwiftTemplate.isRemote(named) || named.hasPrefix("/") { return named }
                return try Surroundings.ofThisProcess().workingDirectory + "/" + named
            }
            var place = try ThisProcess.executable()
            while place != "/", place != "." {
                place = Files.directory(of: place)
                let isCheckout = Files.kind("\(place)/Package.swift") == .file
                if isCheckout, Files.kind("\(place)/Sources/WebWorker") == .directory { return place }
            }
        } catch {
            throw CommandError(error)
        }
        throw mistake(
            "--swift: where is WebWorker? This deployd is not in its checkout; name the directory or repository: "
                + "deployd init --swift --package PLACE DIR")
    }

    /// Writes files, and the directories that they need; none of them may be there.
    static func write(_ files: [(path: String, text: String)]) throws(CommandError) {
        // Also a link that leads nowhere is somebody's.
        for (path, _) in files where (try? Files.status(path, followingLinks: false)) != nil {
            throw CommandError(
                "\(path): found a file, which is left as it is; expected none: name another place, or move it away first"
            )
        }
        do throws(SystemError) {
            for (path, text) in files {
                let directory = Files.directory(of: path)
                if Files.kind(directory) == nil { try Files.makeDirectory(directory) }
                try Files.replace(path, with: Array(text.utf8), mode: 0o644)
            }
        } catch {
            throw CommandError(error)
        }
    }

    private static func mistake(_ message: String) -> CommandError {
        CommandError("init: \(message)", exitCode: .usage)
    }
}
