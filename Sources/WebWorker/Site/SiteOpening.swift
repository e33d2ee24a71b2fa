internal import Linux

/// A site while it is opened: it collects what is wrong, so that all of it is told at once.
struct SiteOpening {
    var site: Site
    private(set) var mistakes: [ConfigurationError.Mistake]
    private var prefixes: [PathPrefix] = []

    init(site: Site, mistakes: [ConfigurationError.Mistake]) {
        self.site = site
        self.mistakes = mistakes
    }

    mutating func open(_ directory: String, _ options: FileOptions, scriptSuffix: String?, reserved: ReservedFiles) {
        let setting = "files(\"\(directory)\")"
        mistakes += options.mistakes(setting)
        do throws(SystemError) {
            let files = try FileTree(
                Application.path(directory), options, scriptSuffix: scriptSuffix, reserved: reserved)
            site.files = files
            for (status, path) in options.errorPages.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                openErrorPage(status, path, files, setting)
            }
        } catch {
            mistakes.append(.unopened(setting, error, expected: "a directory that may be read"))
        }
    }

    private mutating func openErrorPage(_ status: Status, _ path: String, _ files: FileTree, _ setting: String) {
        do throws(SystemError) {
            site.errorPages[status] = try files.errorPage(status, path)
        } catch {
            mistakes.append(.unopened("\(setting) errorPages", error, expected: "a file that is served"))
        }
    }

    mutating func open(_ application: FastCGIDescription, index: [String], reserved: ReservedFiles) {
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
            site.scripts = try application.scripts(upstream: place, index: index, reserved: reserved) {
                Application.path($0)
            }
        } catch {
            mistakes.append(.unopened(setting, error, expected: "a directory that may be read"))
        }
    }

    mutating func forward(_ prefix: String, to address: ServerAddress, _ settings: UpstreamSettings) {
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
        if let address { site.forward(path, to: UpstreamDescription(address: address, settings: settings)) }
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
