/// The head of an answer of a server behind, as our client gets it.
struct PassedHead: Equatable, Sendable {
    var status = 0
    /// Field lines, each with its line end; without what concerns one connection, and without the framing.
    var fields: [UInt8] = []
    /// The body's length, or what it would be (HEAD); nil when it is not known.
    var length: Int?
    var hasDate = false
    var hasID = false
    var hasBody = true

    /// Takes what goes further out of a head. For 101 the protocol's name goes along.
    init(_ head: ResponseHead, _ bytes: Span<UInt8>) {
        status = head.status
        length = head.contentLength.flatMap { Int(exactly: $0) }
        hasBody = head.framing != .none && head.framing != .length(0)
        fields.reserveCapacity(bytes.count)
        let options = ConnectionOptions(head.fields, bytes)
        for field in head.fields {
            let name = field.name.range
            if head.status == 101, bytes.equalsIgnoringCase("upgrade", at: name) {
                fields.append(ascii: "Connection: Upgrade\r\n")
            } else if options.endsHere(name, bytes) || bytes.equalsIgnoringCase("content-length", at: name) {
                continue
            }
            if name.count == 4, bytes.equalsIgnoringCase("date", at: name) { hasDate = true }
            if RequestID.isName(name, bytes) { hasID = true }
            bytes.append(field, to: &fields)
        }
    }
}

/// The meaning of the next bytes from a server behind.
enum AnswerPiece: Equatable, Sendable {
    /// The head of the final answer.
    case head(PassedHead)
    /// 101: what follows is another protocol.
    case upgrade(PassedHead)
    /// Data of the body: these bytes of the input.
    case data(Range<Int>)
    /// Data of the body that were put together: take them out of the reader's `decoded`.
    case decoded
    /// For the log: these bytes of the input.
    case errors(Range<Int>)
    /// The answer is whole. `keepsAlive`: the server leaves the connection open, and nothing came behind the answer.
    case end(keepsAlive: Bool)
    /// All bytes are used; more must come.
    case incomplete
    case malformed(ResponseFault)
}
