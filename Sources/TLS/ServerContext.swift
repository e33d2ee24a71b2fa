internal import CLinux
package import Handoff
internal import Linux

/// What all connections of a server have in common, from a bundle of keys: certificates chosen by the host that the client names,
/// TLS 1.3 and 1.2 only, ciphers that are safe and keep a recorded conversation secret when the key is lost, and tickets by which
/// sessions are resumed. There is no renegotiation, no compression and no early data.
///
/// Belongs to one thread, as do its handshakes, which keep it.
@safe
package final class ServerContext {
    /// A bundle cannot be used.
    package struct Unusable: Error, Equatable, Sendable, CustomStringConvertible {
        /// The certificate's place in the bundle, from 1; 0: it is about none.
        package internal(set) var certificate = 0
        /// Why, in words.
        package let reason: String

        init(_ reason: String) { self.reason = reason }

        /// "certificate 2: its key is another certificate's".
        package var description: String { certificate == 0 ? reason : "certificate \(certificate): \(reason)" }
    }

    /// The suites of TLS 1.2: forward secrecy and AEAD.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    /// Those of TLS 1.3, by the client's preference.
    private static let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    /// Groups to agree on keys in. Others that libssl would take cost the server much more (P-521, X448, finite fields). The first list
    /// is for a libssl that has the group which is safe from quantum computers.
    private static let groups: [StaticString] = ["X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384"]
    /// A ticket is good for a day, if the keys are.
    private static let ticketSeconds = 86_400

    let library: TLSLibrary
    /// One for each set of names; the first is the default.
    private var contexts: [OpaquePointer]
    private var places = HostPlaces()
    let tickets: TicketKeys

    /// Reads the bundle. Takes some milliseconds for each hundred certificates.
    package init(_ keys: borrowing TLSKeys, _ library: TLSLibrary) throws(Unusable) {
        self.library = library
        unsafe contexts = []
        guard let tickets = TicketKeys(keys.ticketKeys) else { throw Unusable("OpenSSL has no AES-256-CBC") }
        self.tickets = tickets
        var groups: [[String]: (place: Int, keyTypes: Set<CInt>)] = [:]
        for index in keys.certificates.indices {
            do throws(Unusable) { try add(keys.certificates[index], &groups) } catch {
                var error = error
                error.certificate = index + 1
                throw error
            }
        }
    }

    deinit { for index in unsafe contexts.indices { unsafe clinux_SSL_CTX_free(contexts[index]) } }

    /// A certificate with the names of an earlier one and a key of another kind is for clients that do not know that kind.
    private func add(
        _ certificate: TLSKeys.Certificate, _ groups: inout [[String]: (place: Int, keyTypes: Set<CInt>)]
    ) throws(Unusable) {
        let file = try CertificateFile(certificate, library)
        let names = file.names.sorted()
        if let group = groups[names], !group.keyTypes.contains(file.keyType) {
            groups[names]?.keyTypes.insert(file.keyType)
            return try unsafe use(file, in: contexts[group.place])
        }
        let context = try unsafe makeContext()
        let place = unsafe contexts.count
        unsafe contexts.append(context)
        if groups[names] == nil { groups[names] = (place, [file.keyType]) }
        try unsafe use(file, in: context)
        for name in names { places.add(name, place) }
    }

    private func use(_ file: CertificateFile, in context: OpaquePointer) throws(Unusable) {
        guard unsafe clinux_SSL_CTX_use_certificate(context, file.chain[0]) == 1,
            unsafe clinux_SSL_CTX_use_PrivateKey(context, file.key) == 1
        else { throw Unusable(library.takeError() ?? "OpenSSL does not take it") }
        for index in unsafe file.chain.indices.dropFirst() {
            // SSL_CTX_add1_chain_cert: a reference of its own.
            let certificate = unsafe UnsafeMutableRawPointer(file.chain[index])
            guard unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.addChainCertificate, 1, certificate) == 1 else {
                throw Unusable(library.takeError() ?? "OpenSSL does not take its chain")
            }
        }
    }

    private func makeContext() throws(Unusable) -> OpaquePointer {
        guard let context = unsafe clinux_SSL_CTX_new(clinux_TLS_server_method()) else {
            throw Unusable(library.takeError() ?? "OpenSSL makes no context")
        }
        _ = unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setMinimumVersion, OpenSSL.version12, nil)
        _ = unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setMaximumVersion, OpenSSL.version13, nil)
        _ = unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setSessionCacheMode, OpenSSL.cacheOff, nil)
        _ = unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setMode, OpenSSL.modeReleaseBuffers, nil)
        _ = unsafe clinux_SSL_CTX_set_options(context, OpenSSL.noRenegotiation | OpenSSL.noCompression)
        _ = unsafe clinux_SSL_CTX_set_timeout(context, Self.ticketSeconds)
        let isSet =
            unsafe clinux_SSL_CTX_set_cipher_list(context, Self.ciphers) == 1
            && clinux_SSL_CTX_set_ciphersuites(context, Self.suites) == 1
            && Self.setGroups(context)
            && clinux_SSL_CTX_set_session_id_context(context, Array("deployd".utf8), 7) == 1
            && ServerCallbacks.set(context, hasTickets: !tickets.isEmpty)
        guard isSet else {
            unsafe clinux_SSL_CTX_free(context)
            throw Unusable(library.takeError() ?? "OpenSSL does not take the ciphers")
        }
        return unsafe context
    }

    /// SSL_CTX_set1_groups_list(3): the first list of which libssl knows all names.
    private static func setGroups(_ context: OpaquePointer) -> Bool {
        for names in groups {
            let text = unsafe UnsafeMutableRawPointer(mutating: names.utf8Start)
            guard unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setGroupsList, 0, text) == 1 else { continue }
            // What it had against a list before.
            clinux_ERR_clear_error()
            return true
        }
        return false
    }

    /// The context for clients that name no host.
    var standard: OpaquePointer { unsafe contexts[0] }

    /// The context of the certificate for a host; nil when none is for it.
    func context(for host: String) -> OpaquePointer? {
        guard let place = places.find(host) else { return nil }
        return unsafe contexts[place]
    }
}

/// Which certificate is for which host.
struct HostPlaces: Equatable, Sendable {
    private var exact: [String: Int] = [:]
    /// By what follows `*.`.
    private var wildcards: [String: Int] = [:]

    /// A name of a certificate, in lower case; of two certificates for the same name the first one counts.
    mutating func add(_ name: String, _ place: Int) {
        if name.hasPrefix("*.") {
            let rest = String(name.dropFirst(2))
            if wildcards[rest] == nil { wildcards[rest] = place }
        } else if exact[name] == nil {
            exact[name] = place
        }
    }

    /// The place of the certificate for a host: one that has its name, or a wildcard for its first label (RFC 6125 section 6.4.3).
    func find(_ host: String) -> Int? {
        var host = host.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        if let place = exact[host] { return place }
        guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return nil }
        return wildcards[String(host[host.index(after: dot)...])]
    }
}
