@testable import WebWorker

/// A request is read alike in one piece and in many; and one that is accepted is, as it goes to a server behind, one
/// request again.
func fuzzRequest(_ bytes: [UInt8]) {
    var parser = RequestHeadParser()
    let whole = parser.parse(bytes.span)
    var slow = RequestHeadParser()
    var end = 0
    while end < bytes.count {
        end = min(bytes.count, end + 1 + end % 7)
        let outcome = slow.parse(bytes.span.extracting(..<end))
        if outcome == .incomplete { continue }
        guard same(outcome, whole) else { fatalError("in pieces \(outcome), in one \(whole)") }
        break
    }
    guard case .complete(let consumed) = whole else { return }
    let head = bytes[..<consumed]
    for trusted in [[], ["unix"]] {
        let client = ClientIdentity(trusted: TrustedProxies(trusted) ?? TrustedProxies())
        var forwarded: [UInt8] = []
        _ = ForwardedRequest.write(
            parser.head, head.span, body: parser.head.framing, client: client, to: &forwarded)
        var limits = HeadLimits()
        (limits.maxHeadBytes, limits.maxFieldBytes, limits.maxFields) = (1 << 20, 1 << 20, 1000)
        var behind = RequestHeadParser(limits: limits)
        let outcome = behind.parse(forwarded.span)
        // Without a Host only HTTP/1.0 comes, and for that the empty one of RFC 9112 section 3.2 goes behind.
        guard outcome == .complete(consumed: forwarded.count) || parser.head.authority.isEmpty else {
            fatalError("forwarded as \(String(decoding: forwarded, as: UTF8.self)), which is \(outcome)")
        }
        if case .complete = outcome, behind.head.framing != parser.head.framing { fatalError("another framing") }
    }
}

/// Whether two outcomes say the same; which of several mistakes is seen first may differ.
private func same(_ one: RequestHeadParser.Outcome, _ other: RequestHeadParser.Outcome) -> Bool {
    if case .malformed = one, case .malformed = other { return true }
    return one == other
}

/// Forms are read without a trap, and paths are split without one.
func fuzzForms(_ bytes: [UInt8]) {
    _ = FormFields(urlencoded: bytes)
    if let script = ScriptPath(0..<bytes.count, bytes.span, suffix: Array(".php".utf8)) {
        let segments = script.script.split(separator: 0x2f)
        guard !script.script.contains(0), !segments.contains(where: { $0.first == 0x2e }) else {
            fatalError("a script named \(script)")
        }
    }
}
