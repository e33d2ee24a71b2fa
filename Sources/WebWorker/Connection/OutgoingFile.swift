internal import Linux

/// A file of which a part is still to be sent to one client. Several may send from the same open file: each has a place
/// of its own in it.
struct OutgoingFile {
    private let file: FoundFile
    private var offset = 0
    private(set) var remaining: Int

    init(_ file: FoundFile) {
        self.file = file
        remaining = file.version.size
    }

    /// Sends up to `limit` bytes, as the client takes them.
    mutating func send(to socket: borrowing Socket, limit: Int) throws(SystemError) -> Transfer {
        let transfer = try socket.sendFile(from: file.descriptor, offset: &offset, count: min(remaining, limit))
        guard case .bytes(let count) = transfer else { return transfer }
        // The file became shorter than its Content-Length: only an end of the connection says so.
        guard count > 0 else { throw SystemError(call: "sendfile", errno: .inputOutput) }
        remaining -= count
        return transfer
    }
}
