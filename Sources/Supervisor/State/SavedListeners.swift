internal import DeployCore
internal import Linux

/// A listener that is no longer in the configuration, as the state has it: generations accept there until they end.
struct LeavingListener: Codable, Equatable, Sendable {
    let name: String
    /// Where it is bound, in the form of `deployd.json`.
    let address: String
    let backlog: Int
    /// It speaks TLS; nil: it does not.
    let isSecure: Bool?
    /// Who has which lane; nil: it has no lanes to choose from.
    let pool: LanePool?

    init(_ listener: any Listener) {
        name = listener.setting.name
        address = listener.setting.address.description
        backlog = listener.setting.backlog
        isSecure = listener.setting.isSecure ? true : nil
        pool = listener.pool
    }
}

/// A listener as a state names it. Name and address together say which one it is.
struct SavedListener {
    let name: String
    /// As the configuration had it, with port 0 where the kernel chose; where it is bound if it was leaving.
    let address: SocketAddress
    let backlog: Int
    var isSecure = false
    let pool: LanePool?
    var isLeaving = false

    /// Whether it is the listener of these settings, as far as that is known without its sockets.
    func isMeant(by setting: ListenerSetting) -> Bool { name == setting.name && address == setting.address }
}

extension SavedState {
    /// The listeners at which somebody may accept: those of the configuration, then those that were leaving.
    var listeners: [SavedListener] {
        let current = (addresses ?? [:]).sorted { $0.key < $1.key }.compactMap { name, text in
            SocketAddress(parsing: text).map {
                SavedListener(name: name, address: $0, backlog: Defaults.backlog, pool: lanes[name])
            }
        }
        let former = (leaving ?? []).compactMap { listener in
            SocketAddress(parsing: listener.address).map {
                SavedListener(
                    name: listener.name, address: $0, backlog: listener.backlog, isSecure: listener.isSecure == true,
                    pool: listener.pool, isLeaving: true)
            }
        }
        return current + former
    }

    /// The releases, each with the places of its generation's listeners, which an earlier version did not write down.
    var placedReleases: [GenerationNumber: RunnableRelease] {
        guard let addresses else { return releases }
        return releases.mapValues { release in
            guard release.places == nil, let names = release.listeners else { return release }
            var release = release
            release.places = names.map { addresses[$0] ?? "" }
            return release
        }
    }
}

extension RunnableRelease {
    /// Whether the workers of its generation have this listener; true when that is not known.
    func has(_ setting: ListenerSetting) -> Bool {
        guard let listeners else { return true }
        guard let index = listeners.firstIndex(of: setting.name) else { return false }
        guard let places, index < places.count else { return true }
        guard let place = SocketAddress(parsing: places[index]) else { return false }
        return setting.address.isWhatIsMeant(by: place) || place.isWhatIsMeant(by: setting.address)
    }
}
