internal import Linux

/// The directories that a service of a configuration writes to, and who makes each of them.
package struct ServicePlaces: Equatable, Sendable {
    /// Those that have to be there when the service starts: of the `current` link and old releases, of unix sockets, and what
    /// releases write to. None lies in another.
    let standing: [String]
    /// The state directory, where it lies in none of these and is not the one that systemd has for an installed deployd.
    private let state: String?

    /// - Parameters:
    ///   - instance: the installed deployd that it is; nil: it is none.
    ///   - written: directories that releases write to.
    init(_ configuration: Configuration, instance: Instance?, written: [String]) {
        var paths = [Paths.parent(configuration.releasesDirectory)]
        for listener in configuration.listeners {
            if case .unix(let path) = listener.address { paths.append(Paths.parent(path)) }
        }
        paths += written
        // (One that is to be made is made in what is there.)
        paths += configuration.shared.map {
            Files.kind($0.directory) == .directory ? $0.directory : Paths.parent($0.directory)
        }
        if let instance { paths.removeAll { Paths.contains("/var/log/\(instance.directoryName)", $0) } }
        var outermost: [String] = []
        for path in paths.sorted() where !outermost.contains(where: { Paths.contains($0, path) }) {
            outermost.append(path)
        }
        standing = outermost
        let place = configuration.stateDirectory
        state = instance == nil && !outermost.contains { Paths.contains($0, place) } ? place : nil
    }

    /// Value of StateDirectory= for a state directory that systemd can make, and give to the service's user; nil: it cannot, or
    /// need not.
    var stateName: String? {
        let parent = "/var/lib/"
        guard let state, state.hasPrefix(parent) else { return nil }
        let name = state.dropFirst(parent.count)
        let isPlain = name.split(separator: "/").allSatisfy(Instance.isPlain)
        // (That one is systemd's own. Source: systemd.exec(5), DynamicUser=.)
        return isPlain && !name.hasPrefix("private") ? String(name) : nil
    }

    /// A state directory that the service may write to, and cannot make: its parent is none of its business.
    package var stateToMake: String? { stateName == nil ? state : nil }

    /// All that the service writes to, beside what systemd makes for an installed deployd.
    var all: [String] { standing + [state].compactMap(\.self) }

    /// Places for which the whole file system would have to be open to the service, with the key that names them.
    func problems(_ configuration: Configuration, file: String) -> [Problem] {
        let expected = "a directory of the site's own for it: the service may write there, and to the whole system not"
        var problems: [Problem] = []
        if Paths.parent(configuration.releasesDirectory) == "/" {
            problems.append(
                Problem(
                    file: file, keyPath: "releases", found: "\(configuration.releasesDirectory), directly below /",
                    expected: expected, advice: "move the site, for instance to /srv/site"))
        }
        for (index, listener) in configuration.listeners.enumerated() {
            guard case .unix(let path) = listener.address, Paths.parent(path) == "/" else { continue }
            problems.append(
                Problem(
                    file: file, keyPath: "listen[\(index)]", found: "\(path), directly below /", expected: expected,
                    advice: "choose another, in a directory of /run for instance"))
        }
        return problems
    }
}
