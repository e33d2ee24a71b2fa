internal import Linux

/// A site while it is opened: it collects what is wrong, so that all of it is told at once.
struct SiteOpening {
    var site: Site
    private(set) var mistakes: [ConfigurationError.Mistake]
    /// What is being opened.
    private var host = VirtualHost()
    private var prefixes: [PathPrefix] = []
    private var mounts: [PathPrefix] = []
    /// What holds for files, wherever they lie.
    private var limits = FileLimits()
    /// What holds for scripts: none lies in a directory that releases share, or that is mounted.
    private var scriptLimits = FileLimits()
    /// Files that are never sent.
    private let reserved: ReservedFiles

    init(site: Site, mistakes: [ConfigurationError.Mistake], reserved: ReservedFiles) {
        self.site = site
        self.mistakes = mistakes
        self.reserved = reserved
    }

    /// Opens what answers for the next of the virtual hosts. Scripts of the `others` are scripts here, too: none is sent.
    mutating func open(_ plan: HostPlan, beside others: [HostPlan]) {
        (host, prefixes, mounts) = (VirtualHost(), [], [])
        var sources = ScriptSources()
        if let suffix = plan.fastCGI?.suffix { sources.add(suffix: suffix) }
        for other in others { other.fastCGI.map { sources.add(suffix: $0.suffix, in: other.directories) } }
        limits = FileLimits(sources: sources, reserved: reserved)
        scriptLimits = FileLimits()
        host.log = plan.log
        add(plan.rules)
        limits.ruled = RuledFiles(rules: host.rules, fronts: plan.fronts)
        scriptLimits.ruled = limits.ruled
        follow(plan.follow, shared: false)
        follow(plan.shared, shared: true)
        for mount in plan.mounts { self.mount(mount) }
        if let files = plan.files { open(files.directory, plan.options(of: files)) }
        if let pages = plan.pages { open(pages) }
        if let fastCGI = plan.fastCGI { open(fastCGI, index: plan.files?.options.index ?? []) }
        for forward in plan.forwards { self.forward(forward.prefix, to: forward.address, forward.settings) }
        site.virtualHosts.append(host)
    }

    private mutating func add(_ rules: [PathRule]) {
        guard !rules.isEmpty else { return }
        var table = RuleTable()
        for rule in rules where !table.add(rule) {
            mistakes.append(
                ConfigurationError.Mistake(
                    "rule \"\(rule.path)\"",
                    found: "more than \(RuleTable.maxFields) rules with headers, or names of them", expected: "fewer",
                    remedy: "join rules"))
        }
        host.rules = table
    }

    /// Opens directories into which links of all files may lead; those that are `shared` have no scripts.
    private mutating func follow(_ directories: [String], shared: Bool) {
        for name in directories {
            let setting = shared ? "shared \"\(name)\"" : "follow \"\(name)\""
            opening(setting) { (opening) throws(SystemError) in
                let directory = try ServedDirectory(Application.path(name))
                opening.limits.follow.append(directory)
                guard shared else { return opening.scriptLimits.follow.append(directory) }
                opening.scriptLimits.closed.append(directory.path)
                opening.host.shared.append(try FileTree(directory.path, FileOptions(), opening.limits))
            }
        }
    }

    /// Opens a directory whose files are found under a path.
    private mutating func mount(_ mount: HostPlan.Directory) {
        let (prefix, directory) = (mount.path, mount.directory)
        let setting = "mount(\"\(prefix)\", \"\(directory)\")"
        guard let path = prefix == "/" ? nil : PathPrefix(prefix) else {
            mistakes.append(
                ConfigurationError.Mistake(
                    setting, found: "\"\(prefix)\"", expected: "a path below / such as \"/uploads\"",
                    remedy: "begin it with a slash"))
            return
        }
        if mounts.contains(path) {
            mistakes.append(.second(setting, "a second directory for this path", remedy: "remove one of the two"))
        }
        mounts.append(path)
        var options = mount.options
        (options.fallback, options.errorPages) = (nil, [:])
        opening(setting) { [options] (opening) throws(SystemError) in
            let files = try FileTree(Application.path(directory), options, opening.limits, below: path.text)
            opening.scriptLimits.closed.append(files.root.path)
            opening.host.mount(path, files)
        }
    }

    private mutating func opening(_ setting: String, _ open: (inout SiteOpening) throws(SystemError) -> Void) {
        do throws(SystemError) { try open(&self) } catch {
            mistakes.append(.unopened(setting, error, expected: "a directory that may be read"))
        }
    }

    private mutating func open(_ directory: String, _ options: FileOptions) {
        let setting = "files(\"\(directory)\")"
        mistakes += options.mistakes(setting)
        do throws(SystemError) {
            let files = try FileTree(Application.path(directory), options, limits)
            host.files = files
            for (status, path) in options.errorPages.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                openErrorPage(status, path, files, setting)
            }
        } catch {
            mistakes.append(.unopened(setting, error, expected: "a directory that may be read"))
        }
    }

    /// Opens pages that `files` may have too.
    private mutating func open(_ pages: HostPlan.Pages) {
        opening("errorPages") { (opening) throws(SystemError) in
            let tree = try FileTree(Application.path(pages.directory), FileOptions(), opening.limits)
            for (status, path) in pages.files.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                opening.open(status, path, tree, isOptional: pages.isOptional)
            }
        }
    }

    private mutating func open(_ status: Status, _ path: String, _ tree: FileTree, isOptional: Bool) {
        if let page = try? host.files?.errorPage(status, path) { return host.errorPages[status] = page }
        do throws(SystemError) { host.errorPages[status] = try tree.errorPage(status, path) } catch {
            guard !isOptional else { return }
            mistakes.append(.unopened("errorPages", error, expected: "a file that may be read"))
        }
    }

    private mutating func openErrorPage(_ status: Status, _ path: String, _ files: FileTree, _ setting: String) {
        do throws(SystemError) {
            host.errorPages[status] = try files.errorPage(status, path)
        } catch {
            mistakes.append(.unopened("\(setting) errorPages", error, expected: "a file that is served"))
        }
    }

    private mutating func open(_ application: FastCGIDescription, index: [String]) {
        let setting = "fastCGI(\"\(application.suffix)\")"
        mistakes += application.settings.mistakes(setting)
        if application.suffix.isEmpty {
            mistakes.append(
                ConfigurationError.Mistake(
                    setting, found: "no suffix", expected: "the end of a name such as .php",
                    remedy: "say how the names of scripts end"))
        }
        guard let address = address(application.address, setting) else { return }
        let place = site.add(UpstreamDescription(address: address, settings: application.settings))
        do throws(SystemError) {
            host.scripts = try application.scripts(upstream: place, index: index, (limits, scriptLimits)) {
                Application.path($0)
            }
        } catch {
            mistakes.append(.unopened(setting, error, expected: "a directory that may be read"))
        }
    }

    private mutating func forward(_ prefix: String, to address: ServerAddress, _ settings: UpstreamSettings) {
        let setting = "forward(\"\(prefix)\")"
        mistakes += settings.mistakes(setting)
        let address = self.address(address, setting)
        guard let path = PathPrefix(prefix) else {
            mistakes.append(
                ConfigurationError.Mistake(
                    setting, found: "\"\(prefix)\"", expected: "a path such as \"/api\"",
                    remedy: "begin it with a slash"))
            return
        }
        if prefixes.contains(path) {
            mistakes.append(.second(setting, "a second call for this prefix", remedy: "remove one of the two"))
        }
        prefixes.append(path)
        guard let address else { return }
        let place = site.add(UpstreamDescription(address: address, settings: settings))
        host.forward(path, to: ForwardEndpoint(upstream: place, wholeBodies: settings.wholeBodies))
    }

    private mutating func address(_ address: ServerAddress, _ setting: String) -> SocketAddress? {
        if let mistake = address.mistake("\(setting) to") { mistakes.append(mistake) }
        return address.socketAddress
    }
}

extension ConfigurationError.Mistake {
    /// A mistake for what could not be opened.
    fileprivate static func unopened(_ setting: String, _ error: SystemError, expected: String) -> Self {
        Self(
            setting, found: "\(error)", expected: expected,
            remedy:
                "make it, or correct its name: a relative one is looked for in the release, else in the working directory"
        )
    }
}
