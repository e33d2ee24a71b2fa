internal import Linux

/// Whether the listeners' addresses are to be had.
enum AddressCheck {
    /// What stands in the way of each address.
    ///
    /// - Parameters:
    ///   - file: the configuration's name in problems.
    ///   - mayTry: whether to try the addresses: not while the master itself holds them.
    static func problems(_ configuration: Configuration, file: String, mayTry: Bool) -> [Problem] {
        configuration.listeners.enumerated().compactMap { index, listener in
            var problem: Problem?
            if case .unix(let path) = listener.address {
                problem = unixProblem(path, mayTry: mayTry)
            } else if mayTry {
                problem = bindProblem(listener.address, isV6Only: configuration.isV6Only(listener))
            }
            problem?.file = file
            problem?.keyPath = "listen[\(index)]"
            return problem
        }
    }

    /// Binds as a server does that wants the address for itself, and lets go again.
    private static func bindProblem(_ address: SocketAddress, isV6Only: Bool) -> Problem? {
        do {
            let socket = try Socket.stream(address.family)
            if address.port != nil { try socket.set(.reuseAddress, to: true) }
            if address.family == .v6 { try socket.set(.v6Only, to: isV6Only) }
            try socket.bind(address)
            return nil
        } catch {
            return problem(of: error, address)
        }
    }

    private static func problem(of error: SystemError, _ address: SocketAddress) -> Problem {
        let shown = JSONValue.quoted("\(address)")
        return switch error.errno {
        case .addressInUse:
            Problem(
                file: "", found: "\(shown) in use by another program", expected: "a free address",
                advice: address.port.map { "ss -ltnp 'sport = :\($0)' shows by which" } ?? "ss -xlp shows by which")
        case .permissionDenied:
            Problem(
                file: "", found: "\(shown), which this user may not bind", expected: "a port from 1024 up",
                advice: "or start deployd as root")
        case .addressNotAvailable:
            Problem(
                file: "", found: "\(shown), which is no address of this machine", expected: "one of its own",
                advice: "\"ip address\" shows them")
        default:
            Problem(file: "", found: "\(shown), refused: \(error.errno)", expected: "an address to bind")
        }
    }

    /// A unix socket is not tried by binding, which would make a file: its folder and what lies there are looked at.
    private static func unixProblem(_ path: String, mayTry: Bool) -> Problem? {
        let folder = Paths.parent(path)
        guard Files.kind(folder) == .directory else {
            return Problem(
                file: "", found: "no folder \(folder) for the socket", expected: "one", advice: "mkdir -p \(folder)")
        }
        guard let kind = try? Files.status(path, followingLinks: false).kind else { return nil }
        guard kind == .socket else {
            return Problem(
                file: "", found: "something else than a socket at \(path)", expected: "nothing there, or an old socket",
                advice: "move it away")
        }
        guard mayTry, isAnswered(path) else { return nil }
        return Problem(
            file: "", found: "\"unix:\(path)\" in use by another program", expected: "a free address",
            advice: "ss -xlp shows by which")
    }

    private static func isAnswered(_ path: String) -> Bool {
        guard path.utf8.count <= SocketAddress.maxPathBytes, let socket = try? Socket.stream(.unix) else {
            return false
        }
        return (try? socket.connect(.unix(path: path))) != nil
    }
}
