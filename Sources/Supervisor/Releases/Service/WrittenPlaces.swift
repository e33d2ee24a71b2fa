internal import DeployCore
internal import Linux

/// The directories outside of it that a release's processes are known to write to: that of its access log, and those that the
/// packages of a distribution have a server write to.
package struct WrittenPlaces {
    private let manifest: Manifest
    /// The release, absolute.
    private let release: String

    /// Those of a release at `release`, an absolute path.
    package init(_ manifest: Manifest, release: String) {
        self.manifest = manifest
        self.release = release
    }

    /// The directories; of servers only those that are there.
    package var all: [String] {
        let logs = (manifest.web?.parts ?? []).compactMap { $0.settings.accessLog?.file }
        return (logs.map { Paths.parent(Paths.join(release, $0)) } + commands.flatMap(ofServer)).uniqued()
    }

    private var commands: [[String]] { [manifest.command] + manifest.processes.map(\.command) }

    /// By a program's name without its version. Sources: the packages of Debian and of Fedora.
    private static let servers: [String: [String]] = {
        let sessions = ["/var/lib/php/sessions", "/var/lib/php/session"]
        return [
            "lighttpd": ["/var/cache/lighttpd"], "nginx": ["/var/lib/nginx"], "php": sessions, "php-cgi": sessions,
            "php-fpm": sessions,
        ]
    }()

    private func ofServer(_ command: [String]) -> [String] {
        let name = command.first.map(CommandFiles.plainName) ?? ""
        return (sessionPath(command).map { [$0] } ?? Self.servers[name] ?? []).filter { Files.kind($0) == .directory }
    }

    /// Where the pool keeps its sessions by its own file: `php_value[session.save_path] = /srv/sessions`; nil: it does not say.
    private func sessionPath(_ command: [String]) -> String? {
        let pool = PoolFile(of: command, directory: Paths.join(release, manifest.directory))
        let values = ["php_admin_value", "php_value"].compactMap { pool?.value(of: "\($0)[session.save_path]") }
        // "N;/path" spreads them over directories, and "N;MODE;/path" says their mode.
        let path = values.first?.split(separator: ";").last.map(String.init)
        return path.flatMap { $0.hasPrefix("/") ? Paths.normalised($0) : nil }
    }
}
