/// Takes the answers of a server behind apart, whichever protocol it speaks.
struct AnswerReader: Sendable {
    private var http = HTTPAnswerReader()
    private(set) var fastCGI: FastCGIAnswerReader?

    /// Begins anew, for the answer of an HTTP server to another request.
    mutating func reset(toHead: Bool, asksUpgrade: Bool) { http.reset(toHead: toHead, asksUpgrade: asksUpgrade) }

    /// Begins anew, for the answer of a FastCGI application to another request.
    mutating func resetForFastCGI(toHead: Bool, keepsConnection: Bool) {
        fastCGI = FastCGIAnswerReader(toHead: toHead, keepsConnection: keepsConnection)
    }

    /// Reads on at `index`, which moves behind what the piece covers.
    mutating func next(_ bytes: Span<UInt8>, at index: inout Int) -> AnswerPiece {
        if let piece = fastCGI?.next(bytes, at: &index) { return piece }
        return http.next(bytes, at: &index)
    }

    /// The server closed its side: the end of the answer if that is how it ends; nil when something is missing.
    func close() -> AnswerPiece? {
        if let fastCGI { return fastCGI.close() }
        return http.close()
    }

    /// Takes the data of the last `decoded`.
    mutating func takeDecoded() -> [UInt8] { http.takeDecoded() }
}
