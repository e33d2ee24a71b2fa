internal import CLinux

/// What OpenSSL asks during a handshake. Each finds its ``Handshake`` beside the SSL object.
enum ServerCallbacks {
    /// Sets all of them. False: OpenSSL does not take one.
    static func set(_ context: OpaquePointer, hasTickets: Bool) -> Bool {
        unsafe clinux_SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nil)
        unsafe clinux_SSL_CTX_set_info_callback(context, noteState)
        guard unsafe clinux_SSL_CTX_set_servername_callback(context, chooseCertificate) == 1 else { return false }
        guard hasTickets else {
            // SSL_OP_NO_TICKET: TLS 1.3 would keep sessions itself.
            _ = unsafe clinux_SSL_CTX_set_options(context, OpenSSL.noTicket)
            return unsafe clinux_SSL_CTX_set_num_tickets(context, 0) == 1
        }
        // One for each handshake: a client that opens several connections at once has as many.
        _ = unsafe clinux_SSL_CTX_set_num_tickets(context, 1)
        return unsafe clinux_SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticketKey) == 1
    }

    private static func handshake(_ ssl: OpaquePointer?) -> Handshake? {
        guard let data = unsafe clinux_SSL_get_ex_data(ssl, 0) else { return nil }
        return unsafe Unmanaged<Handshake>.fromOpaque(data).takeUnretainedValue()
    }

    /// SSL_CTX_set_tlsext_servername_callback(3): a host that no certificate is for gets the default one.
    private static let chooseCertificate: clinux_server_name = { ssl, _, _ in
        guard let text = unsafe clinux_SSL_get_servername(ssl, OpenSSL.hostName), let handshake = unsafe handshake(ssl)
        else { return OpenSSL.extensionNoAcknowledgement }
        let name = unsafe String(cString: text)
        guard let context = unsafe handshake.context.context(for: name) else {
            return OpenSSL.extensionNoAcknowledgement
        }
        // Which copies all certificates.
        if unsafe context != handshake.context.standard { unsafe clinux_SSL_set_SSL_CTX(ssl, context) }
        return OpenSSL.extensionOK
    }

    /// SSL_CTX_set_alpn_select_cb(3): HTTP/1.1, or HTTP/1.0; a client that offers neither could not talk to us (RFC 7301
    /// section 3.2).
    private static let chooseProtocol: clinux_alpn_select = { _, chosen, length, offered, count, _ in
        guard let offered = unsafe offered, let chosen = unsafe chosen, let length = unsafe length else {
            return OpenSSL.extensionFatal
        }
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
        for name in ["http/1.1", "http/1.0"] {
            var place = 0
            while place < list.count {
                let end = min(unsafe place + 1 + Int(list[place]), list.count)
                if unsafe list[(place + 1)..<end].elementsEqual(name.utf8) {
                    unsafe chosen.pointee = offered + place + 1
                    unsafe length.pointee = list[place]
                    return OpenSSL.extensionOK
                }
                place = end
            }
        }
        return OpenSSL.extensionFatal
    }

    /// SSL_CTX_set_info_callback(3), between two messages. Behind EncryptedExtensions ("TWEE") the next secrets are those of
    /// application data. Those before would be written down for nothing, and libssl takes longer for that than for a signature's part.
    private static let noteState: clinux_info = { ssl, _, _ in
        guard let text = unsafe clinux_SSL_state_string(ssl), unsafe text[0] == 0x54, unsafe text[1] == 0x57,
            unsafe text[2] == 0x45, unsafe text[3] == 0x45, unsafe text[4] == 0
        else { return }
        unsafe handshake(ssl)?.awaitSecrets()
    }

    /// Whether secrets of a connection's context are written down.
    static func noteSecrets(_ ssl: OpaquePointer, _ isOn: Bool) {
        unsafe clinux_SSL_CTX_set_keylog_callback(clinux_SSL_get_SSL_CTX(ssl), isOn ? noteSecret : nil)
    }

    /// SSL_CTX_set_keylog_callback(3): a label, the client's random number, the secret, both in hexadecimal.
    private static let noteSecret: clinux_keylog = { ssl, line in
        guard let line = unsafe line, let handshake = unsafe handshake(ssl) else { return }
        unsafe handshake.note(keylog: line)
    }

    /// SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
    private static let ticketKey: clinux_ticket_key = { ssl, name, iv, cipher, mac, isSealing in
        guard let tickets = unsafe handshake(ssl)?.context.tickets, let name = unsafe name, let iv = unsafe iv,
            let cipher = unsafe cipher, let mac = unsafe mac
        else { return -1 }
        if isSealing != 0 { return unsafe tickets.begin(name, iv, cipher, mac) ? 1 : 0 }
        guard let isNewest = unsafe tickets.find(name, iv, cipher, mac) else { return 0 }
        // 2: the client gets a new ticket. In TLS 1.3 always, so that no ticket is used twice (RFC 8446 appendix C.4); and because
        // without an answer to the client's Finished its request would wait for a delayed acknowledgement.
        let isNew = unsafe Int(clinux_SSL_version(ssl)) == OpenSSL.version13
        return isNewest && !isNew ? 1 : 2
    }
}
