internal import Linux

/// Output that the client has not taken yet.
struct PendingOutput {
    /// The initial capacity: a head and a small body need not grow it.
    private static let firstBytes = 1024

    private var bytes: [UInt8] = []
    private var sent = 0

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    var isEmpty: Bool { sent == bytes.count }
    var count: Int { bytes.count - sent }

    /// Puts more behind what is there.
    mutating func append(_ more: ArraySlice<UInt8>) {
        makeRoom()
        bytes.append(contentsOf: more)
    }

    /// Puts a part of a span behind what is there.
    mutating func append(_ range: Range<Int>, of span: Span<UInt8>) {
        makeRoom()
        span.append(range, to: &bytes)
    }

    /// Has `write` put more behind what is there.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        makeRoom()
        write(&bytes)
    }

    /// Sends what the client takes at once; `more` says that a file follows. The memory goes when all is sent.
    mutating func send(to socket: borrowing Socket, more: Bool) throws(SystemError) -> Transfer {
        let result = unsafe bytes.withUnsafeBytes { all in
            Result { () throws(SystemError) in
                try unsafe socket.send(UnsafeRawBufferPointer(rebasing: all[sent...]), more: more)
            }
        }
        let transfer = try result.get()
        if case .bytes(let count) = transfer { sent += count }
        if isEmpty { self = PendingOutput() }
        return transfer
    }

    /// Moves bytes from the front of what there is to `area`, as many as fit. The memory goes when all is taken.
    mutating func take(into area: UnsafeMutableRawBufferPointer) -> Int {
        let piece = min(count, area.count)
        guard piece > 0 else { return 0 }
        unsafe bytes.withUnsafeBytes {
            unsafe area.baseAddress!.copyMemory(from: $0.baseAddress! + sent, byteCount: piece)
        }
        sent += piece
        if isEmpty { self = PendingOutput() }
        return piece
    }

    /// Takes memory for the first bytes, and gives up what was sent long ago: output may go on and on while the client is
    /// always a little behind.
    private mutating func makeRoom() {
        if bytes.isEmpty { bytes.reserveCapacity(Self.firstBytes) }
        guard sent > 32 * 1024 else { return }
        bytes.removeFirst(sent)
        sent = 0
    }
}
