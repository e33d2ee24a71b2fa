internal import Linux

extension Configuration {
    /// Reads the bytes of a `deployd.json`.
    ///
    /// - Parameters:
    ///   - file: the file, absolute; relative paths in it start at its directory.
    ///   - surroundings: the working directory shortens the file's name in problems; the environment may name
    ///     systemd's state directory.
    package static func read(_ bytes: [UInt8], file: String, surroundings: Surroundings) -> Reading<Configuration> {
        let shownFile = Paths.shortened(file, from: surroundings.workingDirectory)
        let context = Context(file: file, directory: Paths.parent(file), surroundings: surroundings)
        do {
            let document = try JSONDocument(bytes, file: shownFile)
            let (value, reader) = ObjectReader.read(file: shownFile, fields: document.fields) { context.read(&$0) }
            let unknown = UnknownKeys(known: reader.knownKeys, otherFile: Defaults.manifestFile) {
                Manifest.read(Array("{}".utf8), directory: "/", shownFile: "").knownKeys
            }
            return Reading(
                value: value, problems: unknown.advised(document.sorted(reader.problems)), knownKeys: reader.knownKeys)
        } catch {
            let (value, reader) = ObjectReader.read(file: shownFile, fields: [:]) { context.read(&$0) }
            return Reading(
                value: value, problems: error.problems, knownKeys: reader.knownKeys, isIllegible: true)
        }
    }

    /// The settings if nothing can be taken from `file`: paths start where they would with it.
    static func illegible(_ file: String, surroundings: Surroundings) -> Configuration {
        let context = Context(file: file, directory: Paths.parent(file), surroundings: surroundings)
        return ObjectReader.read(file: "", fields: [:]) { context.read(&$0) }.value
    }

    /// The settings without a file: relative paths start at the working directory.
    package static func defaults(_ surroundings: Surroundings) -> Configuration {
        let context = Context(file: nil, directory: surroundings.workingDirectory, surroundings: surroundings)
        return ObjectReader.read(file: "", fields: [:]) { context.read(&$0) }.value
    }
}

/// Inputs of the reading besides the keys.
private struct Context {
    let file: String?
    let directory: String
    let surroundings: Surroundings

    func read(_ reader: inout ObjectReader) -> Configuration {
        let directories = stateDirectories(&reader)
        let listeners = ListenerList.read("listen", directory: directory, from: &reader)
        return Configuration(
            file: file,
            directory: directory,
            listeners: listeners,
            tls: tls(for: listeners, &reader),
            workers: .read("workers", from: &reader),
            user: reader.text("user", expected: "the name of a user"),
            group: reader.text("group", expected: "the name of a group"),
            controlGroup: reader.text("controlGroup", expected: "the name of a group"),
            limits: reader.object("limits") { ResourceLimits(reading: &$0) },
            environment: reader.variables("environment"),
            environmentFiles: EnvironmentFileReference.list("environmentFiles", in: directory, from: &reader),
            umask: reader.umask("umask"),
            stateDirectory: directories.state,
            runtimeDirectory: directories.runtime,
            releasesDirectory: path(&reader, "releases") ?? Paths.join(directory, Defaults.releases),
            initialRelease: path(&reader, "release") ?? Paths.join(directory, Defaults.release),
            shared: SharedDirectory.list("shared", in: directory, from: &reader),
            keep: reader.integer("keep", in: 1...10_000),
            policies: reader.object("policies") { PolicySettings(reading: &$0) })
    }

    private func tls(for listeners: [ListenerSetting], _ reader: inout ObjectReader) -> TLSSettings {
        let before = reader.problems.count
        let tls = TLSSettings.read("tls", directory: directory, from: &reader)
        if let secure = listeners.first(where: \.isSecure), tls.certificates.isEmpty, reader.problems.count == before {
            reader.refuse(
                "tls.certificates", found: "none",
                expected: "at least one: the listener at \(secure.address) speaks TLS",
                advice: "[{ certificate: \"fullchain.pem\", key: \"privkey.pem\" }]")
        }
        return tls
    }

    private func path(_ reader: inout ObjectReader, _ key: String) -> String? {
        reader.text(key, expected: "a path").map { Paths.join(directory, $0) }
    }

    /// The file's word first; then systemd's, for root; then that of an installed deployd, whoever asks; then a directory
    /// beside the file.
    private func stateDirectories(_ reader: inout ObjectReader) -> (state: String, runtime: String) {
        if let state = path(&reader, "state") { return (state, state) }
        if surroundings.userID == 0, let state = firstPath("STATE_DIRECTORY") {
            return (state, firstPath("RUNTIME_DIRECTORY") ?? state)
        }
        let beside = Paths.join(directory, Defaults.state)
        guard let instance = file.flatMap(Instance.init(configuration:)) else { return (beside, beside) }
        let installed = InstalledState(own: instance.state, beside: beside, isFirst: instance.name.isEmpty)
        return installed.isBeside ? (beside, beside) : (instance.state, instance.runtime)
    }

    /// The first of the directories that systemd lists in `variable`.
    private func firstPath(_ variable: String) -> String? {
        surroundings.environment[variable]?.split(separator: ":").first.map(String.init)
    }
}
