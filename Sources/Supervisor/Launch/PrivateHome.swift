internal import Linux

// A home directory for processes whose user has none that they can write to, as www-data: programs keep caches there, or
// fail without.
extension LaunchOrder {
    /// The variables that are replaced, unless the configuration or the release sets them.
    static let homes = ["HOME", "TMPDIR"]

    func value(of name: String) -> String? {
        environment.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Makes a directory that can take the place of the user's home, unless the process will not need one.
    mutating func giveHome(in directory: StateDirectory) throws(SystemError) {
        guard let replaceable, !replaceable.isEmpty else { return }
        let isOurs = account == nil || account?.uid == ThisProcess.uid
        if isOurs, replaceable.allSatisfy({ value(of: $0).map(Files.isWritable) ?? ($0 != "HOME") }) { return }
        home = try directory.makeHome(of: account?.uid ?? ThisProcess.uid, gid: account?.gid ?? ThisProcess.gid)
    }

    /// Sees, as the process that it is to be, whether its directories can be written to, and replaces those that cannot.
    mutating func findHome() {
        guard let home, Files.isWritable(home) else { return }
        for name in replaceable ?? [] {
            let place = value(of: name) ?? (name == "TMPDIR" ? "/tmp" : "")
            guard Files.kind(place) != .directory || !Files.isWritable(place) else { continue }
            let own = name == "TMPDIR" ? "\(home)/tmp" : home
            guard (try? Files.makeDirectory(own, mode: 0o700)) != nil else { continue }
            set([(name, own)])
        }
    }
}

extension StateDirectory {
    /// The directory of a user who has no home that can be written to. Nobody but us can put something else in its place.
    func makeHome(of uid: UInt32, gid: UInt32) throws(SystemError) -> String {
        let path = "\(root)/home/\(uid)"
        try Files.makeDirectory("\(root)/home", mode: 0o711)
        try Files.makeDirectory(path, mode: 0o700)
        if uid != ThisProcess.uid { try Files.openDirectory(path).setOwner(uid: uid, gid: gid) }
        return path
    }
}
