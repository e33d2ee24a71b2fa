internal import Linux

/// A file of which something is still to be sent to one client: all of it, a part, or several with bytes between them.
/// Several clients may get the same open file: each has a place of its own in it.
final class OutgoingFile {
    /// Bytes, and the part of the file that follows them.
    struct Piece {
        let front: [UInt8]
        let part: Range<Int>
    }

    private let file: FoundFile
    private var offset: Int
    private var remaining: Int
    private var front: [UInt8] = []
    /// The pieces behind this one, in reverse.
    private var following: [Piece] = []

    /// All of a file.
    convenience init(_ file: FoundFile) { self.init(file, part: 0..<file.version.size) }

    init(_ file: FoundFile, part: Range<Int>) {
        self.file = file
        offset = part.lowerBound
        remaining = part.count
    }

    /// Parts of a file with bytes in front of them, in their order. The part of the last piece may be empty.
    convenience init(_ file: FoundFile, pieces: [Piece]) {
        self.init(file, part: 0..<0)
        following = pieces.reversed()
    }

    var count: Int { following.reduce(front.count + remaining) { $0 + $1.front.count + $1.part.count } }

    var isSent: Bool { remaining == 0 && front.isEmpty && following.isEmpty }

    /// Sends up to `limit` bytes, as the client takes them. Not to be asked when all is sent.
    func send(to socket: borrowing Socket, limit: Int) throws(SystemError) -> Transfer {
        beginPiece()
        guard front.isEmpty else {
            let transfer = try socket.send(front, more: remaining > 0)
            if case .bytes(let count) = transfer { front.removeFirst(count) }
            return transfer
        }
        let transfer = try socket.sendFile(from: file.descriptor, offset: &offset, count: min(remaining, limit))
        guard case .bytes(let count) = transfer else { return transfer }
        // The file became shorter than its Content-Length: only an end of the connection says so.
        guard count > 0 else { throw SystemError(call: "sendfile", errno: .inputOutput) }
        remaining -= count
        return transfer
    }

    private func beginPiece() {
        guard remaining == 0, front.isEmpty, let next = following.popLast() else { return }
        front = next.front
        offset = next.part.lowerBound
        remaining = next.part.count
    }

    /// Reads what comes next into `area`, as far as it fits and the piece goes. Not to be asked when all is sent.
    func read(into area: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        beginPiece()
        guard front.isEmpty else {
            let count = min(front.count, area.count)
            unsafe front.withUnsafeBytes {
                unsafe area.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(count)))
            }
            front.removeFirst(count)
            return count
        }
        // The last piece may have no part of the file.
        guard remaining > 0 else { return 0 }
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: area.prefix(remaining))
        let count = try unsafe file.descriptor.read(at: offset, into: room)
        guard count > 0 else { throw SystemError(call: "pread", errno: .inputOutput) }
        offset += count
        remaining -= count
        return count
    }
}
