internal import Linux
internal import Supervisor

/// `deployd maintenance`: users get a page instead of the site, or the site again.
enum MaintenanceVerb {
    static let verb = Verb(
        name: "maintenance", operands: [Verb.Operand(name: "on|off")], options: [page, allow, retryAfter, .json],
        synonyms: ["offline", "503"],
        summary: "answer users with 503 and a page, or let them in again",
        details: """
            With `on` every new request on a TCP listener is answered with 503, Retry-After and a page, whatever server the
            release has; deploys, rollbacks and restarts go on as ever. With `on` again the page, the addresses and the time
            are those given now. It stays on until `off`, whoever is killed, stopped, upgraded or restarted.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static let page = Option(
        name: "--page", value: "FILE", help: "the page, HTML in UTF-8, 1 MiB at most; else deployd's own")
    private static let allow = Option(
        name: "--allow", value: "LIST",
        help: "addresses and networks that get the site, with commas between: 192.0.2.7,10.0.0.0/8")
    private static let retryAfter = Option(
        name: "--retry-after", value: "TIME", help: "when clients are to ask again: 10m; else 2m")

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        var request = ControlRequest(.maintenance)
        switch invocation.operands[0] {
        case "on":
            request.on = true
            request.page = try pageContent(invocation)
            request.allow = try networks(invocation)
            request.retryAfterSeconds = try seconds(invocation)
        case "off":
            if let option = [page, allow, retryAfter].first(where: { invocation.has($0.name) }) {
                throw UsageError.badValue(
                    option.name, found: "maintenance off", expected: "it with `maintenance on` only"
                )
                .commandError(verb.name)
            }
            request.on = false
        case let other:
            throw UsageError.badValue("on|off", found: other, expected: "on or off").commandError(verb.name)
        }
        let installation = try Installation(invocation)
        var dialogue = try Dialogue(
            with: installation.connect(), subject: "maintenance \(invocation.operands[0])",
            style: invocation.has(Option.json.name) ? .json : .text, isDeploy: false,
            advice: installation.surroundings.advice)
        return try dialogue.run(request)
    }

    /// Read here: the file is whoever asks' to read, not the master's.
    private static func pageContent(_ invocation: Invocation) throws(CommandError) -> String? {
        guard let file = invocation.value(of: page) else { return nil }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read(file, limit: MaintenanceTerms.maxPageBytes) } catch {
            guard error.errno == .fileTooLarge else { throw CommandError(error) }
            throw UsageError.badValue(
                page.name, found: "\(file), which is larger than \(MaintenanceTerms.maxPageBytes) bytes",
                expected: "a page of 1 MiB at most"
            )
            .commandError(verb.name)
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw UsageError.badValue(
                page.name, found: bytes.isEmpty ? "\(file), which is empty" : "\(file), which is not UTF-8",
                expected: "a page of HTML in UTF-8"
            )
            .commandError(verb.name)
        }
        // None is allowed in HTML, and each would be six bytes on its way to the master.
        if let control = text.utf8.first(where: { ($0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D].contains($0)) || $0 == 0x7F })
        {
            throw UsageError.badValue(
                page.name, found: "\(file), which has a byte \(control) in it", expected: "a page of HTML in UTF-8"
            )
            .commandError(verb.name)
        }
        return text
    }

    private static func networks(_ invocation: Invocation) throws(CommandError) -> [String]? {
        guard let list = invocation.value(of: allow) else { return nil }
        let texts = list.split(separator: ",", omittingEmptySubsequences: false).map { word in
            String(word.drop { $0 == " " })
        }
        for text in texts where IPNetwork(text) == nil {
            throw UsageError.badValue(
                allow.name, found: text, expected: "addresses or networks with commas between: 192.0.2.7,10.0.0.0/8"
            )
            .commandError(verb.name)
        }
        return texts
    }

    private static func seconds(_ invocation: Invocation) throws(CommandError) -> Int? {
        guard let time = try invocation.duration(of: retryAfter) else { return nil }
        let seconds = time.components.seconds
        guard time == .seconds(seconds), (1...Int64(MaintenanceTerms.maxRetryAfter)).contains(seconds) else {
            throw UsageError.badValue(
                retryAfter.name, found: invocation.value(of: retryAfter) ?? "", expected: "whole seconds, 1s to 24h"
            )
            .commandError(verb.name)
        }
        return Int(seconds)
    }
}
