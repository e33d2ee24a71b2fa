internal import DeployCore
package import Linux

/// The way of a site from where its state was written to where it is now: it was copied, or moved as a whole. What history and
/// state say of places below the former directory is meant of this one: the other may be somebody else's by now, or gone.
struct SiteMove: Equatable {
    /// The former directory, as it was called, and without links where it still exists.
    private let former: [String]
    /// The directory now, without links.
    let directory: String

    /// Nil: the site has not moved, or its state does not lie in its directory, and so does not tell where that was.
    init?(of configuration: Configuration) {
        let saved = (try? StateFile(path: StateDirectory(configuration).stateFile).read()) ?? nil
        guard let home = saved?.home else { return nil }
        self.init(home: home.path, state: configuration.stateDirectory, directory: configuration.directory)
    }

    /// - Parameters:
    ///   - home: the state directory when the state was written.
    ///   - state: the same now.
    ///   - directory: that of the site.
    init?(home: String, state: String, directory: String) {
        guard home != state, state.hasPrefix("\(directory)/") else { return nil }
        let inside = String(state.dropFirst(directory.count))
        guard home.hasSuffix(inside), home.utf8.count > inside.utf8.count else { return nil }
        let place = String(home.dropLast(inside.count))
        self.directory = (try? Files.realPath(directory)) ?? directory
        former = [place, try? Files.realPath(place)].compactMap(\.self).uniqued()
        // Two paths may lead to one directory.
        guard !former.contains(self.directory) else { return nil }
    }

    /// The place that a path of then means now.
    func place(of path: String) -> String {
        guard !Paths.contains(directory, path), let root = former.first(where: { Paths.contains($0, path) }) else {
            return path
        }
        return directory + path.dropFirst(root.count)
    }
}

extension History {
    /// The history of a site, with the places that its releases have now.
    package static func load(of configuration: Configuration) throws(SystemError) -> History {
        var history = try load(stateDirectory: configuration.stateDirectory)
        if let move = SiteMove(of: configuration) { history.follow(move) }
        return history
    }
}

extension HistoryRecord {
    /// The same of a site that has moved.
    func moved(by move: SiteMove) -> HistoryRecord {
        var record = self
        record.from = from.map(move.place)
        record.to = move.place(of: to)
        record.removed = removed?.map(move.place)
        return record
    }
}

extension SavedState {
    /// The same of a site that was moved while its workers serve: what is started next is started where it is now. (Names of
    /// sockets stay: they are bound.)
    func moved(by move: SiteMove) -> SavedState {
        var state = self
        for index in state.machine.generations.indices {
            state.machine.generations[index].plan.path = move.place(of: state.machine.generations[index].plan.path)
        }
        if let deployment = state.machine.deployment {
            state.machine.deployment?.plan.path = move.place(of: deployment.plan.path)
            state.machine.deployment?.from = deployment.from.map(move.place)
        }
        state.releases = releases.mapValues { release in
            var release = release
            release.path = move.place(of: release.path)
            release.order = release.order.moved(by: move)
            release.hooks = release.hooks.mapValues { $0.moved(by: move) }
            release.processes = release.processes?.map { process in
                var process = process
                process.order = process.order.moved(by: move)
                return process
            }
            return release
        }
        return state
    }
}

extension LaunchOrder {
    fileprivate func moved(by move: SiteMove) -> LaunchOrder {
        var order = self
        order.executable = move.place(of: executable)
        order.directory = move.place(of: directory)
        return order
    }
}
