internal import Linux

/// Output that the client has not taken yet.
struct PendingOutput {
    private var bytes: [UInt8] = []
    private var sent = 0

    var isEmpty: Bool { sent == bytes.count }

    /// Puts more behind what is there.
    mutating func append(_ more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }

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
}
