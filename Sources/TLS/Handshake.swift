internal import CLinux
package import Handoff
internal import Linux

/// The server's side of a handshake: libssl's, between two buffers in memory.
///
/// Records go in one at a time while it lasts, so that libssl never has a byte that belongs to the connection behind it. After a
/// handshake of TLS 1.3 the SSL object has done its work: what goes on is the ``RecordLayer``. Of TLS 1.2 libssl keeps the records.
@safe
package final class Handshake {
    /// What became of a record.
    package enum Outcome {
        /// More must come.
        case goesOn
        /// TLS 1.3 is established: records are ours from here on. The taker wipes the state.
        case established(TLSState)
        /// TLS 1.2 is established.
        case library(LibrarySession)
        /// It is over; what there is to send is an alert.
        case failed
    }

    let context: ServerContext
    private var session: LibrarySession?
    /// The next secrets are those of application data.
    private var awaitsSecrets = false
    private var clientSecret: [UInt8] = []
    private var serverSecret: [UInt8] = []

    /// A handshake whose client has sent something. Nil: there is no memory.
    package init?(_ context: ServerContext) {
        self.context = context
        guard let ssl = unsafe clinux_SSL_new(context.standard) else { return nil }
        session = unsafe LibrarySession(ssl)
        guard session != nil else { return nil }
        unsafe clinux_SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe clinux_SSL_set_accept_state(ssl)
    }

    deinit { forget() }

    /// Whether the session was resumed, and the name of the protocol, for a test: "TLSv1.3".
    package private(set) var isResumed = false

    /// Takes one record, or whatever else came, and appends what there is to send to `out`.
    package func take(_ record: UnsafeRawBufferPointer, sending out: inout [UInt8]) -> Outcome {
        guard let session else { return .failed }
        unsafe session.write(record)
        clinux_ERR_clear_error()
        if awaitsSecrets { unsafe ServerCallbacks.noteSecrets(session.ssl, true) }
        let result = unsafe clinux_SSL_do_handshake(session.ssl)
        if awaitsSecrets { unsafe ServerCallbacks.noteSecrets(session.ssl, false) }
        let error = unsafe result == 1 ? 0 : clinux_SSL_get_error(session.ssl, result)
        let start = out.count
        session.readOutput(into: &out)
        guard result == 1 else {
            if error == OpenSSL.errorWantRead { return .goesOn }
            clinux_ERR_clear_error()
            self.session = nil
            return .failed
        }
        isResumed = unsafe clinux_SSL_session_reused(session.ssl) == 1
        guard unsafe Int(clinux_SSL_version(session.ssl)) == OpenSSL.version13 else {
            // Nothing of ours is asked for any more.
            unsafe clinux_SSL_set_ex_data(session.ssl, 0, nil)
            self.session = nil
            session.keep(context)
            return .library(session)
        }
        // What libssl has to say behind the client's Finished are tickets, under the key of our application data.
        return established(session, records: Self.records(out[start...]))
    }

    private func established(_ session: LibrarySession, records: UInt64) -> Outcome {
        defer {
            self.session = nil
            forget()
        }
        guard let cipher = unsafe clinux_SSL_get_current_cipher(session.ssl) else { return .failed }
        let suite = unsafe clinux_SSL_CIPHER_get_protocol_id(cipher)
        guard let count = TLSState.secretBytes(of: suite), clientSecret.count == count, serverSecret.count == count
        else {
            return .failed
        }
        return .established(
            TLSState(
                suite: suite, client: (clientSecret, 0), server: (serverSecret, records), decrypted: [],
                names: (session.serverName, session.application)))
    }

    /// How many records these are.
    private static func records(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var count: UInt64 = 0
        var place = bytes.startIndex
        while bytes.endIndex - place >= 5 {
            place += 5 + Int(bytes[place + 3]) << 8 + Int(bytes[place + 4])
            count += 1
        }
        return count
    }

    /// Secrets are written down from now on. (Contexts are shared: so only during a step.)
    func awaitSecrets() {
        guard !awaitsSecrets, let session else { return }
        awaitsSecrets = true
        unsafe ServerCallbacks.noteSecrets(session.ssl, true)
    }

    /// Takes up a line of the key log; where the line ends in the secret, nothing of it is copied elsewhere.
    func note(keylog line: UnsafePointer<CChar>) {
        if let secret = unsafe Self.secret(line, behind: "CLIENT_TRAFFIC_SECRET_0 ") {
            clientSecret.wipe()
            clientSecret = secret
        } else if let secret = unsafe Self.secret(line, behind: "SERVER_TRAFFIC_SECRET_0 ") {
            serverSecret.wipe()
            serverSecret = secret
        }
    }

    /// The last field of a line that begins with `label`, read as hexadecimal digits; nil for another line.
    private static func secret(_ line: UnsafePointer<CChar>, behind label: StaticString) -> [UInt8]? {
        var place = 0
        while place < label.utf8CodeUnitCount {
            guard unsafe UInt8(bitPattern: line[place]) == label.utf8Start[place] else { return nil }
            place += 1
        }
        while unsafe line[place] != 0, unsafe line[place] != 0x20 { place += 1 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(48)
        place += 1
        while let high = unsafe digit(line[place]), let low = unsafe digit(line[place + 1]) {
            bytes.append(high << 4 | low)
            place += 2
        }
        return bytes
    }

    private static func digit(_ character: CChar) -> UInt8? {
        switch UInt8(bitPattern: character) {
        case let byte where UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte: byte - UInt8(ascii: "0")
        case let byte where UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte: byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private func forget() {
        clientSecret.wipe()
        serverSecret.wipe()
    }
}
