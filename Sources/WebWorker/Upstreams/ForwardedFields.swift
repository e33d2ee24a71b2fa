internal import Linux

/// The fields by which the server behind learns who the client is: X-Forwarded-For, -Proto and -Host, and Forwarded
/// (RFC 7239).
///
/// Of a peer that is not trusted nothing of the kind passes: what it says of itself, anybody could say.
enum ForwardedFields {
    /// Matches the fields that only `write` may add.
    static func isOne(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        switch name.count {
        case 9: bytes.equalsIgnoringCase("forwarded", at: name) || bytes.equalsIgnoringCase("x-real-ip", at: name)
        case 13...: bytes.equalsIgnoringCase("x-forwarded-", at: name.lowerBound..<name.lowerBound + 12)
        default: false
        }
    }

    /// Appends the fields for one request.
    static func write(
        _ head: RequestHead, _ bytes: Span<UInt8>, client: ClientIdentity, to out: inout [UInt8]
    ) {
        let scheme = client.scheme(head, bytes)
        writeChain(head, bytes, client, to: &out)
        out.append(ascii: "X-Forwarded-Proto: ")
        out.append(contentsOf: scheme.utf8)
        out.append(ascii: "\r\n")
        let trustedHost = client.isTrusted ? head.value(of: "x-forwarded-host", in: bytes) : nil
        let host = trustedHost ?? head.authority
        if !host.isEmpty {
            out.append(ascii: "X-Forwarded-Host: ")
            bytes.append(host.range, to: &out)
            out.append(ascii: "\r\n")
        }
        writeForwarded(head, bytes, client, scheme, to: &out)
        if client.isTrusted { passOn(head, bytes, to: &out) }
    }

    /// `X-Forwarded-For: what the trusted peer said, the peer`.
    private static func writeChain(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ client: ClientIdentity, to out: inout [UInt8]
    ) {
        let start = out.count
        out.append(ascii: "X-Forwarded-For: ")
        let valueStart = out.count
        if client.isTrusted {
            for field in head.fields where bytes.equalsIgnoringCase("x-forwarded-for", at: field.name.range) {
                if out.count > valueStart { out.append(ascii: ", ") }
                bytes.append(field.value.range, to: &out)
            }
        }
        let peer = client.addressText
        if out.count > valueStart, !peer.isEmpty { out.append(ascii: ", ") }
        out.append(contentsOf: peer.utf8)
        if out.count == valueStart { out.removeLast(out.count - start) } else { out.append(ascii: "\r\n") }
    }

    private static func writeForwarded(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ client: ClientIdentity, _ scheme: String, to out: inout [UInt8]
    ) {
        out.append(ascii: "Forwarded: ")
        if client.isTrusted { writeEarlier(head, bytes, to: &out) }
        out.append(ascii: "for=")
        out.append(contentsOf: client.node.utf8)
        out.append(ascii: ";proto=")
        out.append(contentsOf: scheme.utf8)
        if !head.authority.isEmpty {
            out.append(ascii: ";host=\"")
            bytes.append(head.authority.range, to: &out)
            out.append(ascii: "\"")
        }
        out.append(ascii: "\r\n")
    }

    /// Writes what came before the peer: the request's Forwarded, else its X-Forwarded-For.
    private static func writeEarlier(_ head: RequestHead, _ bytes: Span<UInt8>, to out: inout [UInt8]) {
        var isKnown = false
        for field in head.fields where bytes.equalsIgnoringCase("forwarded", at: field.name.range) {
            guard !field.value.isEmpty else { continue }
            isKnown = true
            bytes.append(field.value.range, to: &out)
            out.append(ascii: ", ")
        }
        if isKnown { return }
        for field in head.fields where bytes.equalsIgnoringCase("x-forwarded-for", at: field.name.range) {
            for element in bytes.text(field.value.range).split(separator: ",") {
                out.append(ascii: "for=")
                out.append(contentsOf: ForwardedElement.node(ForwardedElement.address(String(element))).utf8)
                out.append(ascii: ", ")
            }
        }
    }

    /// The other fields of this kind, as the trusted peer sent them.
    private static func passOn(_ head: RequestHead, _ bytes: Span<UInt8>, to out: inout [UInt8]) {
        for field in head.fields where isOne(field.name.range, bytes) && !isWritten(field.name.range, bytes) {
            bytes.append(field, to: &out)
        }
    }

    private static func isWritten(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        bytes.equalsIgnoringCase("forwarded", at: name) || bytes.equalsIgnoringCase("x-forwarded-for", at: name)
            || bytes.equalsIgnoringCase("x-forwarded-proto", at: name)
            || bytes.equalsIgnoringCase("x-forwarded-host", at: name)
    }
}
