internal import Linux

/// Checks that the listeners' addresses can be bound.
enum AddressCheck {
    /// What stands in the way of each address.
    ///
    /// - Parameters:
    ///   - file: the configuration's name in problems.
    ///   - held: the addresses on which our own master listens, which are not tried; nil: it does, and where is not known,
    ///     so none is tried.
    ///   - skipping: listeners that are not looked at.
    static func problems(
        _ configuration: Configuration, file: String, held: [SocketAddress]?, skipping: Set<ListenerSetting> = []
    ) -> [Problem] {
        configuration.listeners.enumerated().compactMap { index, listener in
            guard !skipping.contains(listener) else { return nil }
            var problem: Problem?
            let mayTry = held.map { !$0.contains(listener.address) } ?? false
            if case .unix(let path) = listener.address {
                problem = unixProblem(path, mayTry: mayTry)
            } else if mayTry {
                problem = bindProblem(
                    listener.address, isV6Only: configuration.isV6Only(listener), held: held ?? [],
                    StateDirectory(configuration))
            }
            problem?.file = file
            problem?.keyPath = "listen[\(index)]"
            return problem
        }
    }

    /// Binds as a server does that wants the address for itself, and lets go again.
    private static func bindProblem(
        _ address: SocketAddress, isV6Only: Bool, held: [SocketAddress], _ directory: StateDirectory
    ) -> Problem? {
        do {
            let socket = try Socket.stream(address.family)
            if address.port != nil { try socket.set(.reuseAddress, to: true) }
            if address.family == .v6 { try socket.set(.v6Only, to: isV6Only) }
            try socket.bind(address)
            return nil
        } catch {
            return problem(of: error, address, held: held, directory)
        }
    }

    private static func problem(
        of error: SystemError, _ address: SocketAddress, held: [SocketAddress], _ directory: StateDirectory
    ) -> Problem {
        let shown = JSONValue.quoted("\(address)")
        if error.errno == .addressInUse, let own = held.first(where: { overlap($0, address) }) {
            return Problem(
                file: "", found: "\(shown), while deployd itself holds \(own)",
                expected: "an address that can be bound beside those on which it listens",
                advice: "choose another port; or `deployd stop`, then `deployd start`, which users notice")
        }
        return switch error.errno {
        case .addressInUse:
            Problem(
                file: "", found: "\(shown) in use by another program", expected: "a free address",
                advice: advice(on: error.errno, address, directory))
        case .permissionDenied:
            Problem(
                file: "", found: "\(shown), which this user may not bind", expected: "a port of 1024 or above",
                advice: advice(on: error.errno, address, directory))
        case .addressNotAvailable:
            Problem(
                file: "", found: "\(shown), which is not an address of this machine", expected: "one that is",
                advice: advice(on: error.errno, address, directory))
        default:
            Problem(file: "", found: "\(shown), refused: \(error.errno.explained)", expected: "an address to bind")
        }
    }

    /// Advice on an error of the kernel for an address; empty if there is none.
    static func advice(on errno: Errno, _ address: SocketAddress, _ directory: StateDirectory) -> String {
        switch errno {
        case .addressInUse: advice(onTaken: address, directory)
        case .permissionDenied where address.port != nil:
            "or start deployd as root, or as a service (`deployd unit` prints its unit), or let any user bind it: "
                + "sysctl -w net.ipv4.ip_unprivileged_port_start=\(address.port ?? 80)"
        case .addressNotAvailable: "\"ip address\" shows them"
        default: ""
        }
    }

    /// Advice on an address that is taken: the holder, and a command.
    private static func advice(onTaken address: SocketAddress, _ directory: StateDirectory) -> String {
        let holders = LaneHolders(at: [address], directory, .samePort)
        let workers = holders.workers
        if !workers.isEmpty {
            return "a worker that an earlier master left has it (\(workers.names)): `deployd stop` ends it"
        }
        let others = holders.otherDeployds
        if !others.isEmpty {
            let ends = others.map { other in
                let way = other.way(to: "status").map { "if you mean that site: \($0); " } ?? ""
                return "\(other.description) has it: \(way)\(other.remedy)"
            }
            return ends.joined(separator: "; ")
                + ", with all that it serves; or choose another address: `listen` in deployd.json"
        }
        if !holders.isEmpty { return "\(holders.all.names) has it: stop that, or choose another address" }
        if SocketUnit.isManagers(address) {
            return "systemd has it, for a socket unit (`systemctl list-sockets` names it): stop that, or let it have "
                + "the name of deployd's service"
        }
        return address.port.map { "ss -ltnp 'sport = :\($0)' shows by which" } ?? "ss -xlp shows by which"
    }

    /// The addresses cannot be bound side by side: the same port, at every address for one of them.
    private static func overlap(_ one: SocketAddress, _ other: SocketAddress) -> Bool {
        guard let port = one.port, port == other.port else { return false }
        return one == other || [one, other].contains { $0.reachable != $0 }
    }

    /// A unix socket is not tried by binding, which would make a file: its folder and what lies there are looked at.
    private static func unixProblem(_ path: String, mayTry: Bool) -> Problem? {
        // The reading has refused it already.
        guard path.utf8.count <= SocketAddress.maxPathBytes else { return nil }
        let folder = Paths.parent(path)
        guard Files.kind(folder) == .directory else {
            return Problem(
                file: "", found: "no directory \(folder) for the socket", expected: "one that exists",
                advice: "mkdir -p \(ShellWord.quoted(folder))")
        }
        guard path.utf8.count <= longest else { return lengthProblem(path) }
        switch SocketPath(path).trouble {
        case nil: return nil
        case .notASocket?:
            return Problem(
                file: "", found: "something other than a socket at \(path)",
                expected: "nothing there, or an old socket", advice: "move it away")
        case .inUse?:
            guard mayTry else { return nil }
            return Problem(
                file: "", found: "\"unix:\(path)\" in use by another program", expected: "a free address",
                advice: "ss -xlp shows by which")
        case .foreign(let uid)?:
            guard mayTry else { return nil }
            return Problem(
                file: "", found: "a socket of user \(uid) at \(path), from which nobody accepts",
                expected: "nothing there, or an old socket of deployd's own user", advice: "remove it")
        case .unreadable(let errno)?:
            return Problem(file: "", found: "\(path): \(errno)", expected: "a path that can be looked at")
        }
    }

    /// That the path of a unix listener is too long.
    static func lengthProblem(_ path: String) -> Problem {
        Problem(
            file: "", found: "a path of \(path.utf8.count) bytes, \(path)",
            expected:
                "one of \(longest) at most: the kernel takes \(SocketAddress.maxPathBytes), and each generation has "
                + "a socket with its number behind the path", advice: "choose a shorter one, in /run for instance")
    }

    private static let longest = SocketAddress.maxPathBytes - longestSuffix

    /// The longest suffix of a listener's path: a generation's number.
    private static let longestSuffix = ".99999999".utf8.count
}
