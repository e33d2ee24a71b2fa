internal import Linux

/// The origin of a request, as far as the connection and trusted proxies tell.
struct ClientIdentity: Equatable, Sendable {
    /// The other end of the connection, or what a PROXY header said that it is.
    let peer: SocketAddress
    /// The peer is a proxy whose forwarded fields count.
    let isTrusted: Bool
    /// The client's connection is encrypted: ours, or, as a PROXY header said, the one to the proxy.
    let isTLS: Bool
    /// The peer's address without its port, as forwarded fields and REMOTE_ADDR have it; empty for a unix socket.
    let addressText: String
    /// The same as Forwarded has it.
    let node: String

    /// Judges a peer by the list.
    init(peer: SocketAddress, isTLS: Bool = false, trusted: TrustedProxies) {
        self.peer = peer.unmapped
        self.isTLS = isTLS
        isTrusted = trusted.contains(peer)
        addressText = Self.text(peer.unmapped)
        node = ForwardedElement.node(peer.unmapped)
    }

    /// A client that has no address, as on a unix socket.
    init(trusted: TrustedProxies) { self.init(peer: .unnamed, trusted: trusted) }

    /// The address of a client: of the peer, or, when that is trusted, the last one of X-Forwarded-For that is not.
    func client(_ head: RequestHead, _ bytes: Span<UInt8>, trusted: TrustedProxies) -> SocketAddress {
        guard isTrusted else { return peer }
        var client = peer
        for field in head.fields.reversed()
        where bytes.equalsIgnoringCase("x-forwarded-for", at: field.name.range) {
            for element in bytes.text(field.value.range).split(separator: ",").reversed() {
                guard let address = ForwardedElement.address(String(element)) else { return client }
                client = address
                if !trusted.contains(address) { return client }
            }
        }
        return client
    }

    /// `http` or `https`, as the client's own connection was: by X-Forwarded-Proto of a trusted proxy, or a PROXY header.
    func scheme(_ head: RequestHead, _ bytes: Span<UInt8>) -> String { isSecure(head, bytes) ? "https" : "http" }

    /// Whether that scheme is `https`.
    func isSecure(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        if isTrusted, let value = head.value(of: "x-forwarded-proto", in: bytes) {
            return bytes.equalsIgnoringCase("https", at: value.range)
        }
        return isTLS
    }

    /// An address without its port; empty for a unix socket.
    static func text(_ address: SocketAddress) -> String {
        switch address {
        case .v4(let address, _): address.description
        case .v6(let address, _, _): address.description
        case .unix, .abstract, .unnamed: ""
        }
    }
}

/// One element of X-Forwarded-For, and what Forwarded makes of it (RFC 7239).
enum ForwardedElement {
    /// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`; nil for anything else.
    static func address(_ text: String) -> SocketAddress? {
        let text = String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        if let address = IPv4Address(text) { return .v4(address, port: 0) }
        if let address = IPv6Address(text) { return SocketAddress.v6(address, port: 0, scope: 0).unmapped }
        if text.hasPrefix("["), text.hasSuffix("]") {
            return IPv6Address(String(text.dropFirst().dropLast())).map {
                SocketAddress.v6($0, port: 0, scope: 0).unmapped
            }
        }
        return SocketAddress(parsing: text).flatMap { $0.port == nil ? nil : $0.unmapped }
    }

    /// The value of `for` (RFC 7239 section 6): IPv6 in brackets and quoted, what is no address `unknown`.
    static func node(_ address: SocketAddress?) -> String {
        switch address {
        case .v4(let address, _): address.description
        case .v6(let address, _, _): "\"[\(address)]\""
        case .unix, .abstract, .unnamed, nil: "unknown"
        }
    }
}
