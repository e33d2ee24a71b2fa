internal import Linux

/// The control socket in the file system.
package enum ControlSocketFile {
    /// The file's name in the state directory.
    package static let name = "control.sock"

    /// The path for a master with this state directory.
    package static func path(in stateDirectory: String) -> String {
        "\(stateDirectory)/\(name)"
    }

    /// A listening socket at `path`. It is made beside, given its owner and mode, and moved there when it listens: at
    /// no instant could anybody connect who may not, and a client finds the old socket or the new one.
    static func listen(at path: String, access: ControlAccess) throws(SystemError) -> Socket {
        // Not longer than the path itself, whose length the kernel limits.
        let draft = "\(path.dropLast(2))~"
        try Files.unlink(draft)
        let socket = try Socket.stream(.unix)
        // Closing one can take as long as its sender likes; who is accepted inherits it. (Linux 6.16.)
        try? socket.set(.passDescriptors, to: false)
        try socket.bind(path: draft, mode: 0o600)
        try set(access, on: draft)
        try socket.listen(backlog: ControlLimits.backlog)
        try Files.rename(draft, to: path)
        return socket
    }

    /// Gives the socket its mode and its group. At no instant may anybody connect who may neither before nor after.
    static func set(_ access: ControlAccess, on path: String) throws(SystemError) {
        try Files.setMode(path, 0o600, of: .socket)
        if let group = access.group { try Files.setOwner(path, uid: nil, gid: group, of: .socket) }
        try Files.setMode(path, access.mode, of: .socket)
    }
}
