package import Linux

/// The content of `deployd.json`, with the defaults filled in and every path absolute.
package struct Configuration: Sendable, Equatable {
    /// The file, absolute; nil when there is none and the defaults hold.
    package var file: String?
    /// The directory to which relative paths in the file relate: the file's own, else the working directory.
    package var directory: String
    /// The addresses for users, in the order of the file: at least one.
    package var listeners: [ListenerSetting]
    /// The certificates of the listeners that speak TLS.
    package var tls = TLSSettings()
    /// The number of workers of a generation.
    package var workers: WorkerCount
    /// The workers' user; nil: the master's.
    package var user: String?
    /// The workers' group; nil: the user's primary group, else the master's.
    package var group: String?
    /// The group whose members may use the control socket; nil: root and the master's user alone.
    package var controlGroup: String?
    /// The workers' resource limits.
    package var limits: ResourceLimits
    /// Variables for the workers.
    package var environment: [String: String]
    /// Files with more variables, absolute.
    package var environmentFiles: [EnvironmentFileReference]
    /// The workers' umask; nil: the master's.
    package var umask: UInt32?
    /// The absolute path of the directory of state, logs and history.
    package var stateDirectory: String
    /// The absolute path of the directory of sockets: the state directory, unless systemd has another.
    package var runtimeDirectory: String
    /// The directory of releases, absolute.
    package var releasesDirectory: String
    /// The absolute path of the release that the very first start serves.
    package var initialRelease: String
    /// The directories that releases share, in the order of their places.
    package var shared: [SharedDirectory] = []
    /// Releases that pruning keeps besides those that it must not touch; nil: nothing is pruned.
    package var keep: Int?
    /// Timeouts and limits of the master.
    package var policies: PolicySettings
}

/// An address on which users connect.
package struct ListenerSetting: Sendable, Hashable {
    /// The name for workers and `status`: `web`, `web2`, … unless the file sets one.
    package var name: String
    /// The address to listen at; the path of a unix socket is absolute.
    package var address: SocketAddress
    /// Connections that the kernel keeps for a lane until a worker accepts them.
    package var backlog: Int
    /// It speaks TLS; its workers do.
    package var isSecure: Bool

    /// A listener of this name at this address.
    package init(name: String, address: SocketAddress, backlog: Int = Defaults.backlog, isSecure: Bool = false) {
        self.name = name
        self.address = address
        self.backlog = backlog
        self.isSecure = isSecure
    }
}

/// The number of workers of a generation.
package enum WorkerCount: Sendable, Hashable {
    /// One for each core that the master may use.
    case automatic
    case fixed(Int)

    /// The number, on a machine with `cores`.
    package func resolved(cores: Int) -> Int {
        switch self {
        case .automatic: max(1, cores)
        case .fixed(let count): count
        }
    }

    /// Reads a number or "auto"; `absent` is what holds without the key.
    static func read(_ key: String, from reader: inout ObjectReader, absent: WorkerCount = .automatic) -> WorkerCount {
        guard reader.value(key) != nil else { return absent }
        return reader.read(key, expected: "a whole number from 1 to 1024, or \"auto\"") {
            switch $0 {
            case .text("auto"): .automatic
            case .integer(let count) where (1...1024).contains(count): .fixed(count)
            default: nil
            }
        } ?? .automatic
    }
}

/// A file with environment variables that somebody named.
package struct EnvironmentFileReference: Sendable, Hashable {
    /// The absolute path of the file.
    package var path: String
    /// The file may be missing: its name was written with a `-` before it.
    package var isOptional: Bool

    /// The file at an absolute path.
    package init(path: String, isOptional: Bool = false) {
        self.path = path
        self.isOptional = isOptional
    }

    /// Reads `-?PATH` as it stands in a file of `directory`.
    init(_ text: String, in directory: String) {
        isOptional = text.hasPrefix("-")
        path = Paths.join(directory, isOptional ? String(text.dropFirst()) : text)
    }

    /// Reads a list of files, which start at `directory`.
    static func list(_ key: String, in directory: String, from reader: inout ObjectReader) -> [Self] {
        let texts = reader.texts(key, expected: "a list of files: [\"site.env\"]", item: "the path of a file") ?? []
        return texts.enumerated().compactMap { index, text in
            guard text != "", text != "-" else {
                reader.refuse("\(key)[\(index)]", found: JSONValue.quoted(text), expected: "the path of a file")
                return nil
            }
            return Self(text, in: directory)
        }
    }
}
