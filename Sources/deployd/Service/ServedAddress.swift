internal import Linux
internal import Supervisor

/// An address at which a verb serves by itself, until it is ended.
enum ServedAddress {
    /// Takes away what an earlier one has left at a path: its dead socket. Anything else stays, and is a mistake.
    static func clear(_ address: SocketAddress, for verb: Verb) throws(CommandError) {
        guard case .unix(let path) = address, (try? Files.status(path, followingLinks: false)) != nil else { return }
        do throws(SystemError) { try SocketPath(path).clear() } catch {
            throw CommandError("\(verb.name): \(error)")
        }
    }
}
