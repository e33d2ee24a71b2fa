package import DeployCore

extension Manifest {
    /// The commands that are part of a release's deploy; nil: there is none.
    package struct Hooks: Sendable, Equatable {
        /// Before the new generation is booted.
        package var before: Hook?
        /// Once the deploy is committed.
        package var after: Hook?
        /// Once the deploy has failed, was cancelled or rolled back.
        package var failure: Hook?

        /// The hook of a kind.
        package subscript(_ kind: HookKind) -> Hook? {
            switch kind {
            case .before: before
            case .after: after
            case .failure: failure
            }
        }
    }

    /// One of them.
    package struct Hook: Sendable, Equatable {
        /// The program and its arguments, as for the release's own command.
        package var command: [String]
        /// How long it may take.
        package var timeout: Duration
        /// Who runs it; nil: the workers' user.
        package var user: String?
    }
}

extension ObjectReader {
    /// Reads the object `hooks`.
    mutating func hooks(_ key: String) -> Manifest.Hooks {
        object(key) { reader in
            Manifest.Hooks(
                before: reader.hook(HookKind.before.rawValue, timeout: Defaults.beforeHookTimeout),
                after: reader.hook(HookKind.after.rawValue, timeout: Defaults.hookTimeout),
                failure: reader.hook(HookKind.failure.rawValue, timeout: Defaults.hookTimeout))
        }
    }

    /// A hook as an object, or, for short, as its command alone; `more` reads what else the object may have.
    mutating func hook(
        _ key: String, timeout: Duration, _ more: (inout ObjectReader) -> Void = { _ in }
    ) -> Manifest.Hook? {
        var fields: [String: JSONValue]?
        let value = value(key)
        switch value {
        case .list(let words): fields = ["command": .list(words)]
        case .object(let written): fields = written
        case nil: break
        case .null, .boolean, .integer, .number, .text:
            refuse(
                key, found: value?.found ?? "nothing",
                expected: "a list of the program and its arguments, or an object: { command: [\"bin/\(key)\"], "
                    + "timeout: \"1m\" }")
        }
        return nested(path: JSONOutline.path(path, key: key), fields: fields ?? [:]) { reader in
            let command = fields == nil ? reader.knownOnly("command") : reader.command("command")
            let limit = reader.duration("timeout", atLeast: Self.shortestTimeout) ?? timeout
            let user = reader.text("user", expected: "the name of a user")
            more(&reader)
            return command.map { Manifest.Hook(command: $0, timeout: limit, user: user) }
        }
    }

    /// Makes `key` a known one where nothing is to be read.
    private mutating func knownOnly(_ key: String) -> [String]? {
        _ = value(key)
        return nil
    }
}
