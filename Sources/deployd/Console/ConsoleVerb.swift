internal import FoundationEssentials
internal import Linux
internal import Supervisor
internal import WebWorker

/// `deployd console`: one page with the traffic, the deploys and the problems, for this machine.
enum ConsoleVerb {
    private static let listen = Option(
        name: "--listen", value: "ADDRESS",
        help: "serve the page at this address of this machine (default 127.0.0.1:9465; unix:/run/deployd/console.sock)")
    private static let readOnly = Option(
        name: "--read-only", help: "only show; nobody can deploy or roll back by the page")
    private static let tokenFile = Option(
        name: "--token-file", value: "FILE", help: "the token, instead of a new one; only its owner may read the file")
    private static let defaultAddress = "127.0.0.1:9465"

    static let verb = Verb(
        name: "console", options: [listen, readOnly, tokenFile],
        synonyms: ["dashboard", "ui", "web"],
        summary: "serve a page that shows the traffic and the deploys",
        details: """
            Serves one page to this machine, until Ctrl-C: requests a second by generation as they come, latency, 5xx, the
            deploys with their steps, problems, and the log of the newest generation. Who types the token that is printed
            can deploy, roll back, restart, promote and abort there. From elsewhere: ssh -L 9465:127.0.0.1:9465 HOST.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard installation.problems.isEmpty else { throw CommandError(installation.problems.map(\.description)) }
        try installation.requireState(for: invocation.verb)
        let address = try address(invocation)
        let token = try token(invocation)
        try ServedAddress.clear(address, for: invocation.verb)
        let access = ConsoleAccess(token: token.value)
        let desk = ConsoleDesk(installation, mayAct: token.value != nil)
        var application = ConsolePages.application(access, desk)
        application.configuration.address = ServerAddress(stringLiteral: address.description)
        if token.isNew, let value = token.value {
            StandardError.line("token, for who is to act by the page: \(value)", .information)
        }
        application.run()
    }

    /// Only this machine: the page is plain HTTP.
    private static func address(_ invocation: Invocation) throws(CommandError) -> SocketAddress {
        let text = invocation.value(of: listen) ?? defaultAddress
        guard let address = SocketAddress(parsing: text), isLocal(address) else {
            throw UsageError.badValue(
                listen.name, found: text,
                expected:
                    "an address of this machine alone: 127.0.0.1:9465, [::1]:9465 or unix:/run/console.sock; from elsewhere "
                    + "the page is reached by a tunnel (ssh -L 9465:127.0.0.1:9465 HOST)"
            ).commandError(invocation.verb.name)
        }
        return address
    }

    private static func isLocal(_ address: SocketAddress) -> Bool {
        let text = address.description
        return text.hasPrefix("unix:") || text.hasPrefix("127.") || text.hasPrefix("[::1]:")
    }

    private static func token(_ invocation: Invocation) throws(CommandError) -> (value: String?, isNew: Bool) {
        if invocation.has(readOnly.name) { return (nil, false) }
        guard let file = invocation.value(of: tokenFile) else { return (ConsoleAccess.makeToken(), true) }
        let content: [UInt8]
        let place = (try? Files.workingDirectory()).map { Paths.join($0, file) } ?? file
        if let hold = FileTrust(user: ThisProcess.uid).holdOfOthers(onWayTo: place) {
            throw CommandError("console: --token-file: \(hold): who can change it could choose the token")
        }
        do {
            guard try Files.status(file).mode & 0o077 == 0 else {
                throw CommandError("console: \(file) can be read by others: chmod 600 \(ShellWord.quoted(file))")
            }
            content = try Files.read(file, limit: 4096)
        } catch let error as SystemError {
            throw CommandError("console: --token-file: \(error)")
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("console: \(error)")
        }
        let token = String(decoding: content, as: UTF8.self).filter { !$0.isWhitespace }
        guard token.utf8.count >= 16 else {
            throw CommandError(
                "console: \(file): found a token of \(token.utf8.count) characters, expected at least 16")
        }
        return (token, false)
    }
}
