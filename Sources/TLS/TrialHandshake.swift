package import Handoff

/// A handshake with a certificate, between two ends in this process: what a worker would refuse, or an ordinary client, is known
/// before any of them meets it.
package enum TrialHandshake {
    /// So many flights are enough for any handshake.
    private static let mostFlights = 8

    /// Returns why no client of today's OpenSSL could speak with it; nil: one could.
    package static func obstacle(to certificate: TLSKeys.Certificate, _ library: TLSLibrary) -> String? {
        let context: ServerContext
        do {
            context = try ServerContext(TLSKeys(certificates: [certificate], ticketKeys: []), library)
        } catch { return error.reason }
        guard let server = Handshake(context), let client = TLSClient(host: nil, library) else { return "no memory" }
        do throws(TLSClientError) {
            for _ in 0..<mostFlights {
                _ = try client.handshake()
                var answer: [UInt8] = []
                var isOver = false
                for record in records(client.take()) where !isOver {
                    let outcome = unsafe record.withUnsafeBytes { unsafe server.take($0, sending: &answer) }
                    switch outcome {
                    case .goesOn: break
                    case .failed:
                        client.feed(answer)
                        _ = try client.handshake()
                        return "a client that knows what clients know today finds no way to speak with it"
                    case .established(var state):
                        state.wipe()
                        isOver = true
                    case .library: isOver = true
                    }
                }
                client.feed(answer)
                if isOver { return try client.handshake() ? nil : "its handshake comes to no end" }
            }
        } catch { return "a client ends the handshake: \(error.reason)" }
        return "its handshake comes to no end"
    }

    private static func records(_ bytes: [UInt8]) -> [[UInt8]] {
        var records: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 5 {
            let length = 5 + Int(rest[rest.startIndex + 3]) << 8 + Int(rest[rest.startIndex + 4])
            records.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return records
    }
}
