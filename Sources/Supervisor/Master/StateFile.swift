internal import FoundationEssentials
internal import Linux

/// What is on disk of a master: all that the next one needs, if this one is killed.
struct SavedState: Codable, Equatable, Sendable {
    /// What the machine knows.
    var machine: DurableState
    /// How the generations' workers are started.
    var releases: [GenerationNumber: RunnableRelease] = [:]
    /// Who has which lane, by the listener's name.
    var lanes: [String: LanePool] = [:]
}

/// The state file: JSON, replaced in one step.
struct StateFile {
    private static let version = 1
    let path: String

    private struct Content: Codable {
        var version: Int
        var state: SavedState
    }

    /// Replaces the file. With `synchronously` it survives a power cut when the call returns; without, it survives this
    /// process, which is all that matters for pids and stages: no process survives a power cut.
    func write(_ state: SavedState, synchronously: Bool) throws(SystemError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(Content(version: Self.version, state: state)) else {
            fatalError("the state cannot be encoded: \(state)")
        }
        let bytes = Array(data) + [UInt8(ascii: "\n")]
        if synchronously { return try Files.replace(path, with: bytes) }
        let draft = "\(path).new"
        do {
            let file = try Files.create(draft)
            try file.writeAll(bytes)
            try Files.rename(draft, to: path)
        } catch {
            throw SystemError(call: error.call, errno: error.errno, subject: path)
        }
    }

    /// What an earlier master left; nil when there is no file. A file that cannot be understood is an error with words
    /// for a person: it is not to be thrown away in silence.
    func read() throws(StateFileError) -> SavedState? {
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch {
            if error.errno == .notFound { return nil }
            throw StateFileError(reason: error.description)
        }
        do {
            let content = try JSONDecoder().decode(Content.self, from: Data(bytes))
            guard content.version == Self.version else {
                throw StateFileError(reason: "found version \(content.version), expected \(Self.version)")
            }
            return content.state
        } catch let error as StateFileError {
            throw error
        } catch {
            throw StateFileError(reason: "\(error)")
        }
    }
}

/// Why the state file could not be understood.
struct StateFileError: Error, Equatable {
    let reason: String
}
