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

    /// A command with its time limit and its user.
    package struct Hook: Sendable, Equatable {
        /// The program and its arguments, as for the release's own command.
        package var command: [String]
        /// The time limit, after which it is ended.
        package var timeout: Duration
        /// The user it runs as; nil for the workers'.
        package var user: String?
    }
}

extension Manifest.Hooks {
    init(reading reader: inout ObjectReader) {
        before = Manifest.Hook.read(HookKind.before.rawValue, timeout: Defaults.beforeHookTimeout, from: &reader)
        after = Manifest.Hook.read(HookKind.after.rawValue, timeout: Defaults.hookTimeout, from: &reader)
        failure = Manifest.Hook.read(HookKind.failure.rawValue, timeout: Defaults.hookTimeout, from: &reader)
    }
}

extension Manifest.Hook {
    /// A hook as an object, or, for short, as its command alone; `more` reads what else the object may have.
    static func read(
        _ key: String, timeout: Duration, from reader: inout ObjectReader,
        _ more: (inout ObjectReader) -> Void = { _ in }
    ) -> Self? {
        let value = reader.value(key)
        let fields: [String: JSONValue]? =
            if case .list(let words)? = value { ["command": .list(words)] } else { value?.fields }
        if let value, fields == nil {
            reader.refuse(
                key, found: value.found,
                expected: "a list of the program and its arguments, or an object: { command: [\"bin/\(key)\"], "
                    + "timeout: \"1m\" }")
        }
        return reader.nested(key, fields: fields ?? [:]) { reader in
            if fields == nil { _ = reader.value("command") }
            let command = fields == nil ? nil : reader.command("command")
            let limit = reader.timeout("timeout") ?? timeout
            let user = reader.text("user", expected: "the name of a user")
            more(&reader)
            return command.map { Self(command: $0, timeout: limit, user: user) }
        }
    }
}
