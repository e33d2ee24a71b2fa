internal import CLinux

/// A client's end of a TLS connection, between two memory buffers: who has the socket feeds what comes, and sends what is to
/// go. The server's certificate is verified by nobody: it is for a client that knows whom it is connected to.
@safe package final class TLSClient {
    private let library: TLSLibrary
    private let context: OpaquePointer
    private let connection: OpaquePointer
    /// The two buffers, which are the connection's.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// The handshake is done.
    package private(set) var isEstablished = false

    /// A client that asks for `host` by SNI (RFC 6066, section 3; nil: for none in particular). Nil: there is no memory.
    package init?(host: String?, _ library: TLSLibrary) {
        self.library = library
        guard let context = unsafe clinux_SSL_CTX_new(clinux_TLS_client_method()) else { return nil }
        let connection = unsafe clinux_SSL_new(context)
        let incoming = unsafe clinux_BIO_new(clinux_BIO_s_mem())
        let outgoing = unsafe clinux_BIO_new(clinux_BIO_s_mem())
        guard let connection = unsafe connection, let incoming = unsafe incoming, let outgoing = unsafe outgoing else {
            // (Each of them frees nothing where there is nothing.)
            _ = unsafe clinux_BIO_free(incoming)
            _ = unsafe clinux_BIO_free(outgoing)
            unsafe clinux_SSL_free(connection)
            unsafe clinux_SSL_CTX_free(context)
            return nil
        }
        unsafe self.context = context
        unsafe self.connection = connection
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
        unsafe clinux_SSL_set_bio(connection, incoming, outgoing)
        unsafe clinux_SSL_set_connect_state(connection)
        guard let host else { return }
        var name = Array(host.utf8CString)
        _ = unsafe name.withUnsafeMutableBytes { name in
            unsafe clinux_SSL_ctrl(connection, OpenSSL.setServerName, Int(OpenSSL.hostName), name.baseAddress)
        }
    }

    deinit {
        unsafe clinux_SSL_free(connection)
        unsafe clinux_SSL_CTX_free(context)
    }

    /// Goes on with the handshake; what comes of it is to be taken and sent.
    ///
    /// - Returns: whether it is done.
    package func handshake() throws(TLSClientError) -> Bool {
        guard !isEstablished else { return true }
        clinux_ERR_clear_error()
        let result = unsafe clinux_SSL_do_handshake(connection)
        isEstablished = result == 1
        if !isEstablished { _ = try verdict(result) }
        return isEstablished
    }

    /// Bytes that came from the server.
    package func feed(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe clinux_BIO_write(incoming, $0.baseAddress, CInt(clamping: $0.count)) }
    }

    /// Bytes for the server: all that there are now.
    package func take() -> [UInt8] {
        var all: [UInt8] = []
        var room = [UInt8](repeating: 0, count: Self.room)
        while true {
            let count = unsafe clinux_BIO_read(outgoing, &room, CInt(room.count))
            guard count > 0 else { return all }
            all += room.prefix(Int(count))
        }
    }

    /// Says something to the server, once the handshake is done.
    package func write(_ bytes: [UInt8]) throws(TLSClientError) {
        guard !bytes.isEmpty else { return }
        clinux_ERR_clear_error()
        let written = unsafe bytes.withUnsafeBytes {
            unsafe clinux_SSL_write(connection, $0.baseAddress, CInt(clamping: $0.count))
        }
        // Into memory all is written at once.
        if written < bytes.count { _ = try verdict(written) }
    }

    /// What the server has said, as far as its bytes were fed.
    package func read() throws(TLSClientError) -> (bytes: [UInt8], isAtEnd: Bool) {
        var all: [UInt8] = []
        var room = [UInt8](repeating: 0, count: Self.room)
        while true {
            clinux_ERR_clear_error()
            let count = unsafe clinux_SSL_read(connection, &room, CInt(room.count))
            guard count > 0 else { return (all, try verdict(count)) }
            all += room.prefix(Int(count))
        }
    }

    /// The end of the validity of the certificate that the server has shown, in seconds since 1970; nil: it has shown none.
    package var certificateEnd: Int64? {
        guard let certificate = unsafe clinux_SSL_get1_peer_certificate(connection) else { return nil }
        defer { unsafe clinux_X509_free(certificate) }
        return unsafe clinux_ASN1_TIME_seconds(clinux_X509_get0_notAfter(certificate))
    }

    /// What a result below 1 means: false, that it is the server's turn, or true, that it has ended the connection in order.
    private func verdict(_ result: CInt) throws(TLSClientError) -> Bool {
        switch unsafe clinux_SSL_get_error(connection, result) {
        case OpenSSL.errorWantRead, OpenSSL.errorWantWrite: return false
        case OpenSSL.errorZeroReturn: return true
        default: throw TLSClientError(reason: library.takeError() ?? "the connection was closed")
        }
    }

    private static let room = 16_384
}

/// Why a client got nowhere: in OpenSSL's words, such as "wrong version number" from a server that speaks no TLS.
package struct TLSClientError: Error, Equatable, Sendable {
    package let reason: String
}
