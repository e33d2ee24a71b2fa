internal import Handoff
internal import Linux
internal import TLS

/// What another worker needs to go on with a connection.
struct Departure {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// Whether another worker could go on with it, now.
    var isPossible: Bool {
        guard connection.machine.mayLeave else { return false }
        guard let tls = connection.tls else { return true }
        // A connection without a handshake goes without a byte.
        guard !tls.isFresh || connection.peer.proxyHeader.isEmpty else { return false }
        return tls.mayLeave && connection.input.count <= TLSState.maxDecryptedBytes
    }

    /// What was read and not used, as it came from the socket.
    var read: [UInt8] {
        let (read, header) = (connection.tls?.unread ?? connection.input, connection.peer.proxyHeader)
        return header.isEmpty ? read : header + read
    }

    /// The number of these bytes.
    var readCount: Int {
        connection.peer.proxyHeader.count + (connection.tls?.unread.count ?? connection.input.count)
    }

    /// The most bytes that the state of its TLS takes in a message.
    var stateCount: Int {
        guard let tls = connection.tls, !tls.isFresh else { return 0 }
        return TLSState.maxBytes - TLSState.maxDecryptedBytes + connection.input.count
    }

    /// How another worker is to go on. What it has of a secret, the taker wipes.
    var transport: HandoverMessage.Transport {
        guard let tls = connection.tls else { return .plain }
        guard case .records(let records) = tls.state else { return .newTLS }
        var state = records.state(decrypted: connection.input)
        defer { state.wipe() }
        return .establishedTLS(state.bytes)
    }
}
