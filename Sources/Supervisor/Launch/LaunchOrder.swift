/// All that the launch step needs to know to become a worker, as it travels from the master through a socket.
///
/// On the wire: strings, each ended by a NUL byte, in pairs of name and value, and `end` last. An order without its end
/// is not carried out: then the master has died before it wrote down the worker's pid.
struct LaunchOrder: Codable, Equatable, Sendable {
    /// The program's absolute path.
    var executable: String
    /// The arguments, with the program's name first.
    var arguments: [String]
    /// The whole environment but LISTEN_PID, as KEY=VALUE.
    var environment: [String]
    /// The absolute path of the working directory.
    var directory: String
    /// Whom it becomes; nil: it stays who the master is.
    var account: Account?
    /// The bits that its files do not get.
    var umask: UInt32?
    /// Limits by the name of the resource.
    var limits: [Limit] = []
    /// Variables that name directories, and get another value where the process could not write to that directory; nil: none.
    var replaceable: [String]?
    /// The directory that takes their place, absolute; nil: there is none.
    var home: String?
    /// The open files that it may have, where the release says nothing; nil: as many as the launch step.
    var softFiles: UInt64?
    /// True: what it has for a terminal among its standard streams becomes that of its session.
    var takesTerminal: Bool?
    /// The control group that it joins, absolute; nil: it stays in the master's.
    var group: String?
    /// A file that is made when it becomes the program, absolute: it says that the order was carried out; nil: none is.
    var mark: String?

    struct Account: Codable, Equatable, Sendable {
        var uid: UInt32
        var gid: UInt32
        var groups: [UInt32]
    }

    struct Limit: Codable, Equatable, Sendable {
        var resource: String
        var value: UInt64
    }

    var bytes: [UInt8] {
        var pairs: [(String, String)] = [("executable", executable), ("directory", directory)]
        pairs += arguments.map { ("argument", $0) }
        pairs += environment.map { ("environment", $0) }
        if let account {
            pairs += [("uid", "\(account.uid)"), ("gid", "\(account.gid)")]
            pairs += account.groups.map { ("group", "\($0)") }
        }
        if let umask { pairs.append(("umask", "\(umask)")) }
        pairs += limits.map { ("limit", "\($0.resource) \($0.value)") }
        if let softFiles { pairs.append(("open files", "\(softFiles)")) }
        if let group { pairs.append(("control group", group)) }
        if let mark { pairs.append(("mark", mark)) }
        if takesTerminal == true { pairs.append(("terminal", "taken")) }
        pairs += (replaceable ?? []).map { ("replaceable", $0) }
        if let home { pairs.append(("home", home)) }
        return pairs.flatMap { Array($0.0.utf8) + [0] + Array($0.1.utf8) + [0] } + Array("end\0".utf8)
    }

    /// Reads an order; nil when its end is missing or it makes no sense.
    init?(parsing bytes: [UInt8]) {
        let words = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard words.count >= 2, words[words.count - 2] == "end", words.count % 2 == 0 else { return nil }
        self.init(executable: "", arguments: [], environment: [], directory: "/")
        for index in stride(from: 0, to: words.count - 2, by: 2) {
            guard read(words[index], words[index + 1]) else { return nil }
        }
        if executable.isEmpty || arguments.isEmpty { return nil }
    }

    init(
        executable: String, arguments: [String], environment: [String], directory: String, account: Account? = nil,
        umask: UInt32? = nil, limits: [Limit] = [], softFiles: UInt64? = nil, group: String? = nil,
        replaceable: [String]? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.account = account
        self.umask = umask
        self.limits = limits
        self.softFiles = softFiles
        self.group = group
        self.replaceable = replaceable
    }

    /// Gives variables their values, in the place of any that the release or the server has under these names.
    mutating func set(_ variables: [(name: String, value: String)]) {
        environment.removeAll { entry in variables.contains { entry.hasPrefix("\($0.name)=") } }
        environment += variables.map { "\($0.name)=\($0.value)" }
    }

    private mutating func read(_ name: String, _ value: String) -> Bool {
        switch name {
        case "executable": executable = value
        case "directory": directory = value
        case "argument": arguments.append(value)
        case "environment": environment.append(value)
        case "uid":
            guard let uid = UInt32(value) else { return false }
            account = Account(uid: uid, gid: uid, groups: [])
        case "gid":
            guard let gid = UInt32(value), account != nil else { return false }
            account?.gid = gid
        case "group":
            guard let group = UInt32(value), account != nil else { return false }
            account?.groups.append(group)
        case "umask":
            guard let mask = UInt32(value) else { return false }
            umask = mask
        case "control group": group = value
        case "terminal": takesTerminal = true
        case "mark": mark = value
        case "replaceable": replaceable = (replaceable ?? []) + [value]
        case "home": home = value
        case "open files":
            guard let number = UInt64(value) else { return false }
            softFiles = number
        case "limit":
            let parts = value.split(separator: " ")
            guard parts.count == 2, let number = UInt64(parts[1]) else { return false }
            limits.append(Limit(resource: String(parts[0]), value: number))
        default: return false
        }
        return true
    }
}
