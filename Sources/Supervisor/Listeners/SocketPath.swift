package import Linux

/// The path of a unix listener, in a directory where others may write too: a person's file that lies there is never
/// overwritten and never removed, and neither is a socket of somebody else's.
package struct SocketPath {
    let path: String

    package init(_ path: String) { self.path = path }

    /// What stands in the way of a socket at the path.
    enum Trouble: Equatable {
        /// It is no socket.
        case notASocket
        /// Somebody accepts there.
        case inUse
        /// It is dead, and another user's.
        case foreign(uid: UInt32)
        /// It cannot be looked at.
        case unreadable(Errno)

        func error(_ path: String) -> SystemError {
            switch self {
            case .notASocket:
                SystemError(call: "bind", errno: .exists, subject: "unix:\(path): what is there is not a socket")
            case .inUse: SystemError(call: "bind", errno: .addressInUse, subject: "unix:\(path)")
            case .foreign(let uid):
                SystemError(
                    call: "bind", errno: .exists,
                    subject: "unix:\(path): a socket of user \(uid), from which nobody accepts, is there")
            case .unreadable(let errno): SystemError(call: "stat", errno: errno, subject: path)
            }
        }
    }

    /// What stands in the way; nil: nothing is there, or a dead socket of ours.
    var trouble: Trouble? {
        let status: FileStatus
        do { status = try Files.status(path, followingLinks: false) } catch {
            return error.errno == .notFound ? nil : .unreadable(error.errno)
        }
        guard status.kind == .socket else { return .notASocket }
        if isAnswered { return .inUse }
        return status.uid == ThisProcess.uid ? nil : .foreign(uid: status.uid)
    }

    private var isAnswered: Bool {
        guard let socket = try? Socket.stream(.unix) else { return false }
        do { _ = try socket.connect(.unix(path: path)) } catch {
            return error.errno != .notFound && error.errno != .connectionRefused
        }
        return true
    }

    /// Takes a dead socket of ours away, so that another can be bound.
    ///
    /// - Parameter evenIfAnswered: whether a living socket of ours goes, too.
    package func clear(evenIfAnswered: Bool = false) throws(SystemError) {
        switch trouble {
        case nil: try Files.unlink(path)
        case .inUse? where evenIfAnswered && isOurs: try Files.unlink(path)
        case let trouble?: throw trouble.error(path)
        }
    }

    /// Takes a socket of ours away, whether somebody accepts from it or not; anything else stays.
    func remove() {
        if isOurs { try? Files.unlink(path) }
    }

    /// Whether it is a socket that this user made.
    private var isOurs: Bool {
        guard let status = try? Files.status(path, followingLinks: false) else { return false }
        return status.kind == .socket && status.uid == ThisProcess.uid
    }

    /// Puts the socket at `link` here in one step, in the place of nothing or of a socket.
    func replace(by link: String) throws(SystemError) {
        do { try Files.renameToFree(link, to: path) } catch {
            guard error.errno == .exists else { throw error }
            try Files.exchange(link, path)
            guard (try? Files.status(link, followingLinks: false))?.kind != .socket else {
                return try Files.unlink(link)
            }
            // A person's file. It gets its name back.
            try Files.exchange(link, path)
            try Files.unlink(link)
            throw Trouble.notASocket.error(path)
        }
    }
}
