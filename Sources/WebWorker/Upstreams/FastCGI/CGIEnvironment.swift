internal import Linux

/// What a script learns of its request: the variables of CGI (RFC 3875 section 4.1), and those that PHP expects beside
/// them, as PARAMS of FastCGI.
struct CGIEnvironment {
    /// The directory that scripts lie in, without a slash at its end.
    let root: [UInt8]
    /// Our own end of the client's connection.
    let server: SocketAddress

    /// Appends the variables of one request. `bodyBytes` is the length of its body, which is known before it is sent.
    func write(
        _ head: RequestHead, _ bytes: Span<UInt8>, path: ScriptPath, bodyBytes: Int, client: ClientIdentity,
        trusted: TrustedProxies, id: RequestID? = nil, to out: inout [UInt8]
    ) {
        writeScript(path, to: &out)
        writeTarget(head, bytes, to: &out)
        writeEnds(head, bytes, client, trusted, to: &out)
        if bodyBytes > 0 || head.framing != .none { append("CONTENT_LENGTH", String(bodyBytes), to: &out) }
        if let type = head.value(of: "content-type", in: bytes) {
            FastCGI.append(name: "CONTENT_TYPE", value: bytes.extracting(type.range), to: &out)
        }
        if let id { FastCGI.append(name: "HTTP_X_REQUEST_ID", value: id.text.span, to: &out) }
        writeFields(head, bytes, client, hasID: id != nil, to: &out)
    }

    private func writeScript(_ path: ScriptPath, to out: inout [UInt8]) {
        FastCGI.append(name: "SCRIPT_FILENAME", value: (root + path.script).span, to: &out)
        FastCGI.append(name: "SCRIPT_NAME", value: path.script.span, to: &out)
        FastCGI.append(name: "DOCUMENT_ROOT", value: root.span, to: &out)
        FastCGI.append(name: "DOCUMENT_URI", value: path.script.span, to: &out)
        if !path.information.isEmpty {
            FastCGI.append(name: "PATH_INFO", value: path.information.span, to: &out)
            FastCGI.append(name: "PATH_TRANSLATED", value: (root + path.information).span, to: &out)
        }
        append("GATEWAY_INTERFACE", "CGI/1.1", to: &out)
        append("SERVER_SOFTWARE", "WebWorker", to: &out)
        append("REDIRECT_STATUS", "200", to: &out)  // php-cgi refuses to work without it.
    }

    private func writeTarget(_ head: RequestHead, _ bytes: Span<UInt8>, to out: inout [UInt8]) {
        FastCGI.append(name: "REQUEST_METHOD", value: bytes.extracting(head.methodToken.range), to: &out)
        var target: [UInt8] = []
        ForwardedRequest.appendTarget(head, bytes, to: &target)
        FastCGI.append(name: "REQUEST_URI", value: target.span, to: &out)
        let query = head.query?.range ?? 0..<0
        FastCGI.append(name: "QUERY_STRING", value: bytes.extracting(query), to: &out)
        append("SERVER_PROTOCOL", head.minorVersion == 0 ? "HTTP/1.0" : "HTTP/1.1", to: &out)
    }

    private func writeEnds(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ client: ClientIdentity, _ trusted: TrustedProxies,
        to out: inout [UInt8]
    ) {
        let address = client.client(head, bytes, trusted: trusted)
        append("REMOTE_ADDR", ClientIdentity.text(address), to: &out)
        append("REMOTE_PORT", String(address.port ?? 0), to: &out)
        append("SERVER_ADDR", ClientIdentity.text(server.unmapped), to: &out)
        let scheme = client.scheme(head, bytes)
        append("REQUEST_SCHEME", scheme, to: &out)
        if scheme == "https" { append("HTTPS", "on", to: &out) }
        let (name, port) = Self.split(bytes.text(head.authority.range))
        append("SERVER_NAME", name, to: &out)
        append("SERVER_PORT", port ?? (scheme == "https" ? "443" : "80"), to: &out)
    }

    /// HTTP_*: each field once, several of one name joined (RFC 3875 section 4.1.18). What does not go to a server behind
    /// does not go to a script.
    private func writeFields(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ client: ClientIdentity, hasID: Bool,
        to out: inout [UInt8]
    ) {
        FastCGI.append(name: "HTTP_HOST", value: bytes.extracting(head.authority.range), to: &out)
        let options = ConnectionOptions(head.fields, bytes)
        for (index, field) in head.fields.enumerated() {
            let name = field.name.range
            guard
                ForwardedRequest.passes(name, options, bytes) || client.isTrusted && ForwardedFields.isOne(name, bytes),
                !bytes.equalsIgnoringCase("content-type", at: name), !hasID || !RequestID.isName(name, bytes),
                !head.fields[..<index].contains(where: { bytes.isEqualIgnoringCase($0.name.range, name) })
            else { continue }
            var value = bytes.bytes(field.value.range)
            for later in head.fields[(index + 1)...] where bytes.isEqualIgnoringCase(later.name.range, name) {
                value += bytes.equalsIgnoringCase("cookie", at: name) ? [0x3b, .space] : [.comma, .space]
                bytes.append(later.value.range, to: &value)
            }
            if bytes.equalsIgnoringCase("if-none-match", at: name) {
                let tags = value
                value.removeAll(keepingCapacity: true)
                EntityTag.appendOriginal(0..<tags.count, of: tags.span, to: &value)
            }
            FastCGI.append(name: Self.variable(name, bytes), value: value.span, to: &out)
        }
    }

    /// Turns `Accept-Language` into HTTP_ACCEPT_LANGUAGE.
    private static func variable(_ name: Range<Int>, _ bytes: Span<UInt8>) -> [UInt8] {
        var variable = Array("HTTP_".utf8)
        for place in name {
            let byte = bytes[place].asciiLowercase
            variable.append(byte == 0x2d ? 0x5f : byte &- 0x61 < 26 ? byte & 0xdf : byte)
        }
        return variable
    }

    /// Host and port of an authority.
    private static func split(_ authority: String) -> (name: String, port: String?) {
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else {
            return (authority, nil)
        }
        let port = authority[authority.index(after: colon)...]
        return (String(authority[..<colon]), port.isEmpty ? nil : String(port))
    }

    private func append(_ name: StaticString, _ value: String, to out: inout [UInt8]) {
        FastCGI.append(name: name, value: Array(value.utf8).span, to: &out)
    }
}
