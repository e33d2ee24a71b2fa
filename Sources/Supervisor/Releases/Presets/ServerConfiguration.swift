internal import Linux

/// The first `deployd.json` of a server, with comments for the person who goes on from there. Pure.
package struct ServerConfiguration {
    /// The absolute path of the file.
    package var file: String
    /// The address for users; nil: this machine alone, or with ``host`` everybody.
    package var listen: String?
    /// The user of the workers; nil: nobody was found who could be.
    package var user: String?
    /// The host that is to be served over https; nil: none.
    package var host: String?
    /// The releases that are there already, by their names.
    package var releases: [String] = []
    /// Whether systemd has the unit that serves the site.
    package var hasUnit = true

    /// A configuration at this path.
    package init(file: String) { self.file = file }

    /// Users that systems have for web servers, and the one that the package makes; the first that is there is taken.
    package static let knownUsers = ["_deployd", "www-data", "nginx", "apache", "http"]
    /// What stands before lines that wait for a certificate.
    static let waiting = "// https: "

    /// The directory of the site: /srv/site for the first of an installed deployd, /srv/NAME for /etc/deployd/NAME.json, else
    /// that of the file.
    package var site: String {
        guard let instance = Instance(configuration: file) else { return Paths.parent(file) }
        return "/srv/\(instance.name.isEmpty ? "site" : instance.name)"
    }

    /// The directory of its releases.
    package var releasesDirectory: String { "\(site)/releases" }

    /// The webroot for an ACME client.
    package var challenges: String {
        Instance(configuration: file).map { "\($0.state)/challenges" } ?? "\(site)/challenges"
    }

    private var isInstalled: Bool { Instance(configuration: file) != nil }

    /// The file's content.
    package var text: String {
        """
        // The site of this server. docs: deployd.json(5). `deployd check` finds errors, `deployd reload` applies what has changed.
        {
          // Where users connect. For all who can reach this machine: "0.0.0.0:80", or "[::]:80", which takes both kinds of
          // addresses.
        \(listeners)

          // Where releases are, each a directory with a release.json, and what the very first start serves.
          releases: \(place("releases")),
          release: \(place("releases/\(releases.first ?? "v1")")),

        \(workers)

          // How many processes; by default one for each processor.
          // workers: 4,

          // How many releases stay after a deploy. Without it none is ever removed.
          // keep: 5,

          // Whose members may deploy, beside root.
          // controlGroup: "sudo",
        }

        """
    }

    private func place(_ path: String) -> String { JSONValue.quoted(isInstalled ? "\(site)/\(path)" : path) }

    private var listeners: String {
        guard let host else { return "  listen: [\(JSONValue.quoted(listen ?? "127.0.0.1:8080"))]," }
        let live = "/etc/letsencrypt/live/\(host)"
        return """
              listen: [
                \(JSONValue.quoted(listen ?? "0.0.0.0:80")),
                \(Self.waiting){ address: "0.0.0.0:443", tls: true },
              ],

              // An ACME client puts its proofs below `challenges`; they are answered whatever release serves.
              tls: {
                challenges: \(JSONValue.quoted(challenges)),
                \(Self.waiting)certificates: [{ certificate: "\(live)/fullchain.pem", key: "\(live)/privkey.pem" }],
              },
            """
    }

    private var workers: String {
        guard let user else {
            return """
                  // Who the workers are. Without it they are who deployd is: root, if root starts it.
                  // user: "www-data",
                """
        }
        return """
              // Who the workers are; deployd itself is root.
              user: \(JSONValue.quoted(user)),
            """
    }

    /// The commands by which the certificate comes, once a release is there; empty without a host.
    package var certificateCommands: [String] {
        guard let host else { return [] }
        let reload =
            isInstalled && file == Defaults.systemConfigurationFile ? "" : " --config \(ShellWord.quoted(file))"
        let install = isInstalled && !hasUnit ? ["deployd unit --install\(reload)"] : []
        return install + [
            isInstalled
                ? "systemctl enable --now \(ServiceUnit.name(of: file))"
                : "deployd start --config \(ShellWord.quoted(file))",
            "certbot certonly --webroot -w \(ShellWord.quoted(challenges)) -d \(host)",
            "sed -i 's|\(Self.waiting)||' \(ShellWord.quoted(file)) && deployd reload\(reload)",
        ]
    }

    /// Why the proofs of an ACME client may not arrive, as a note; nil: they do.
    package var proofsNote: String? {
        guard let host, let listen, let address = SocketAddress(parsing: listen) else { return nil }
        let isPrivate = [SocketAddress.v4(.loopback, port: 80), .v6(.loopback, port: 80, scope: 0)].contains(
            address.withPort(80))
        guard address.port != 80 || isPrivate else { return nil }
        return
            "the proofs for a certificate come to port 80 of \(host): see that it leads to \(listen), or leave --listen out"
    }

    /// Where systemd looks for the unit of an installed configuration, as a template or whole. Source: systemd.unit(5), "UNIT
    /// FILE LOAD PATH".
    package static func unitFiles(of file: String) -> [String] {
        let unit = "\(ServiceUnit.name(of: file)).service"
        let template = unit.firstIndex(of: "@").map { "\(unit[...$0]).service" }
        let folders = ["/run", "/usr/local/lib", "/usr/lib", "/lib"].map { "\($0)/systemd/system" }
        return ([UnitInstallation.folder] + folders).flatMap { folder in
            ([unit] + [template].compactMap(\.self)).map { Paths.join(folder, $0) }
        }
    }

    /// Why a text is no host for which there could be a certificate, as it stands behind "expected"; nil: it is one.
    package static func mistake(inHost host: String) -> String? {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isWell =
            host.utf8.count <= 253 && labels.count > 1
            // (The last label of an address is a number: there are no certificates for those here.)
            && labels.last?.utf8.contains { (0x61...0x7A).contains($0) } == true
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
                    }
            }
        return isWell ? nil : "a host name in lower case, such as \"foobar.com\""
    }

    /// Why a text is no address to listen at, as it stands behind "expected"; nil: it is one.
    package static func mistake(inAddress text: String) -> String? {
        SocketAddress(parsing: text) == nil
            ? "an address such as \"0.0.0.0:80\", \"[::]:80\" or \"unix:/run/site.sock\"" : nil
    }
}

extension ServiceUnit {
    /// The unit of an installed configuration, as systemctl is told.
    static func name(of file: String) -> String {
        let unit = Instance(configuration: file)?.unit ?? "deployd.service"
        return String(unit.dropLast(".service".count))
    }
}
