/// A request as the server behind gets it: written anew, so that no two servers can read it differently.
///
/// One Host, one framing, no folding, no field of one connection, no name that a gateway could take for another one.
enum ForwardedRequest {
    /// Appends the head of the request; `body` is how its body will be sent. Returns whether it asks for an upgrade.
    static func write(
        _ head: RequestHead, _ bytes: Span<UInt8>, body: BodyFraming, client: ClientIdentity, id: RequestID? = nil,
        to out: inout [UInt8]
    ) -> Bool {
        bytes.append(head.methodToken.range, to: &out)
        out.append(.space)
        appendTarget(head, bytes, to: &out)
        out.append(ascii: " HTTP/1.1\r\nHost: ")
        bytes.append(head.authority.range, to: &out)
        out.append(ascii: "\r\n")
        let options = ConnectionOptions(head.fields, bytes)
        for field in head.fields where passes(field.name.range, options, bytes) {
            if id != nil, RequestID.isName(field.name.range, bytes) { continue }
            if head.method == .options, writeMaxForwards(field, bytes, to: &out) { continue }
            if field.name.count == 13, bytes.equalsIgnoringCase("if-none-match", at: field.name.range) {
                out.append(ascii: "If-None-Match: ")
                EntityTag.appendOriginal(field.value.range, of: bytes, to: &out)
                out.append(ascii: "\r\n")
                continue
            }
            bytes.append(field, to: &out)
        }
        id?.write(to: &out)
        ForwardedFields.write(head, bytes, client: client, to: &out)
        out.append(ascii: "Via: 1.")
        out.append(decimal: Int(head.minorVersion))
        out.append(ascii: " WebWorker\r\n")
        let isUpgrade =
            body == .none && head.minorVersion == 1 && options.asksUpgrade
            && writeUpgrade(head, bytes, to: &out)
        writeFraming(body, head.method, to: &out)
        out.append(ascii: "\r\n")
        return isUpgrade
    }

    /// One hop less (RFC 9110 section 7.6.2). False when the field is another one, or no number.
    private static func writeMaxForwards(
        _ field: RequestHead.Field, _ bytes: Span<UInt8>, to out: inout [UInt8]
    ) -> Bool {
        guard bytes.equalsIgnoringCase("max-forwards", at: field.name.range),
            let count = bytes.decimal(field.value.range), count > 0
        else { return false }
        out.append(ascii: "Max-Forwards: ")
        out.append(decimal: Int(count - 1))
        out.append(ascii: "\r\n")
        return true
    }

    /// Origin form, or the asterisk; of an absolute target what follows the authority (RFC 9112 section 3.2).
    static func appendTarget(_ head: RequestHead, _ bytes: Span<UInt8>, to out: inout [UInt8]) {
        guard head.form != .asterisk else { return out.append(0x2a) }
        if head.path.isEmpty {
            out.append(.slash)
        } else {
            bytes.append(head.path.range, to: &out)
        }
        guard let query = head.query else { return }
        out.append(.questionMark)
        bytes.append(query.range, to: &out)
    }

    /// Whether a field of the client's goes behind as it is.
    ///
    /// A name with anything but letters, digits and hyphens does not: behind, `X_Forwarded_For` and `X-Forwarded-For` are
    /// one variable. `Proxy` does not either: as HTTP_PROXY it is an order to many programs (CVE-2016-5385).
    static func passes(_ name: Range<Int>, _ options: ConnectionOptions, _ bytes: Span<UInt8>) -> Bool {
        for place in name {
            let byte = bytes[place]
            guard byte.asciiLowercase &- 0x61 < 26 || byte.decimalDigit != nil || byte == 0x2d else { return false }
        }
        switch name.count {
        case 4 where bytes.equalsIgnoringCase("host", at: name): return false
        case 5 where bytes.equalsIgnoringCase("proxy", at: name): return false
        case 6 where bytes.equalsIgnoringCase("expect", at: name): return false
        case 14 where bytes.equalsIgnoringCase("content-length", at: name): return false
        default: return !options.endsHere(name, bytes) && !ForwardedFields.isOne(name, bytes)
        }
    }

    /// Passes the wish for another protocol on; but not for HTTP/2, which nobody here could look into (h2c smuggling).
    private static func writeUpgrade(_ head: RequestHead, _ bytes: Span<UInt8>, to out: inout [UInt8]) -> Bool {
        var protocols: [UInt8] = []
        for field in head.fields where bytes.equalsIgnoringCase("upgrade", at: field.name.range) {
            guard !ConnectionOptions.contains("h2c", field.value.range, bytes) else { return false }
            if !protocols.isEmpty { protocols += [.comma, .space] }
            bytes.append(field.value.range, to: &protocols)
        }
        guard !protocols.isEmpty else { return false }
        out.append(ascii: "Connection: Upgrade\r\nUpgrade: ")
        out.append(contentsOf: protocols)
        out.append(ascii: "\r\n")
        return true
    }

    /// A request whose method usually has a body says that this one has none (RFC 9110 section 8.6).
    private static func writeFraming(_ body: BodyFraming, _ method: KnownMethod, to out: inout [UInt8]) {
        switch body {
        case .none: if method == .post || method == .put || method == .patch { out.append(contentLength: 0) }
        case .length(let length): out.append(contentLength: Int(clamping: length))
        case .chunked: out.append(ascii: "Transfer-Encoding: chunked\r\n")
        }
    }
}
