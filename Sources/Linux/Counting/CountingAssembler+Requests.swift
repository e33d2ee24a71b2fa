// The rules of the table at ``CountingProgram`` for the segments that come.
extension CountingAssembler {
    mutating func countRequest() {
        let (isOpen, isAnswered, isRequest) = (code.label(), code.label(), code.label())
        code.load(.word, .r1, from: .r7, Connection.stage)
        code.jump(if: .equal, .r1, Stage.open.rawValue, to: isOpen)
        code.jump(if: .equal, .r1, Stage.foreign.rawValue, to: end)
        readHeaders()
        readPayload(4, otherwise: end)
        requireMethod(otherwise: end)
        code.load(.word, .r1, from: .r7, Connection.stage)
        code.jump(if: .equal, .r1, Stage.answered.rawValue, to: isAnswered)
        leaveIfListener()
        recognizeProbe(source: (v4: 12, v6: 8, port: 0))
        code.jump(to: isRequest)
        code.place(isAnswered)
        leaveIfRepeated()
        code.place(isRequest)
        leaveIfOtherProtocol()
        code.store(.word, value: Stage.open.rawValue, at: .r7, Connection.stage)
        code.call(.now)
        code.store(.long, .r0, at: .r7, Connection.since)
        leaveIfProbe()
        findCounters()
        count(.requests)
        code.jump(to: end)
        code.place(isOpen)
        // No RST is that long: it has no payload. (It may have, and is not seen then.)
        code.load(.word, .r1, from: .r6, Context.length)
        code.jump(if: .greater, .r1, 120, to: end)
        readHeaders()
        closeRequest(Transport.reset)
    }

    /// Methods are of capitals. (They are tokens, and might be of others; no registered one is shorter than three letters, or
    /// has another sign in its first four. Source: RFC 9110 section 16.1.)
    private mutating func requireMethod(otherwise: ProgramAssembler.Label) {
        let isToken = code.label()
        for index in 0..<4 {
            code.load(.byte, .r1, from: .stack, Stack.payload + index)
            if index == 3 { code.jump(if: .equal, .r1, Int32(UInt8(ascii: " ")), to: isToken) }
            code.compute(.subtract, .r1, Int32(UInt8(ascii: "A")))
            code.jump(if: .greater, .r1, 25, to: otherwise)
        }
        code.place(isToken)
    }

    /// A listener's record is there to be given away. A segment with a payload meets it where the handshake ends with the
    /// request (TCP_DEFER_ACCEPT).
    private mutating func leaveIfListener() {
        code.load(.long, .r1, from: .r6, Context.socket)
        code.jump(if: .equal, .r1, 0, to: end)
        code.load(.word, .r1, from: .r1, Context.state)
        code.jump(if: .equal, .r1, Context.listens, to: end)
    }

    /// The preface of HTTP/2 looks like a request. Source: RFC 9113 section 3.4.
    private mutating func leaveIfOtherProtocol() {
        let isOurs = code.label()
        code.load(.word, .r1, from: .stack, Stack.payload)
        code.jump(if: .notEqual, .r1, Self.word("PRI "), to: isOurs)
        code.store(.word, value: Stage.foreign.rawValue, at: .r7, Connection.stage)
        code.jump(to: end)
        code.place(isOurs)
    }

    /// Of two sequence numbers the later one is ahead by less than half of all. What lies behind the last answer's was
    /// answered then.
    private mutating func leaveIfRepeated() {
        code.load(.word, .r1, from: .stack, Stack.transport + Transport.sequence)
        code.fromNetworkOrder(.r1)
        code.load(.word, .r2, from: .r7, Connection.sequence)
        code.compute(.subtract, .r1, .r2)
        code.compute(.shiftLeft, .r1, 32)
        code.compute(.shiftSignedRight, .r1, 32)
        code.jump(if: .signedNotGreater, .r1, -1, to: end)
    }

    /// Is the other end a probe of ours? `source` is where a segment has that end: offsets in the IP header, and in the TCP
    /// header.
    mutating func recognizeProbe(source: (v4: Int, v6: Int, port: Int)) {
        let (isKnown, v6, isCopied) = (code.label(), code.label(), code.label())
        for place in 0..<3 { code.store(.long, value: 0, at: .stack, Stack.endpoint + place * 8) }
        code.load(.half, .r1, from: .stack, Stack.transport + source.port)
        code.store(.half, .r1, at: .stack, Stack.endpoint + 16)
        loadPacket(bytes: 20)
        code.load(.byte, .r1, from: .r2, 0)
        code.compute(.shiftRight, .r1, 4)
        code.jump(if: .equal, .r1, 6, to: v6)
        code.load(.word, .r1, from: .r2, source.v4)
        code.store(.word, .r1, at: .stack, Stack.endpoint)
        code.jump(to: isCopied)
        code.place(v6)
        loadPacket(bytes: 40)
        for part in 0..<4 {
            code.load(.word, .r1, from: .r2, source.v6 + part * 4)
            code.store(.word, .r1, at: .stack, Stack.endpoint + part * 4)
        }
        code.place(isCopied)
        look(Stack.endpoint, in: program.maps.probes)
        code.jump(if: .equal, .r0, 0, to: isKnown)
        code.store(.byte, value: 1, at: .r7, Connection.isProbe)
        code.place(isKnown)
    }

    /// Four bytes as a load has them.
    static func word(_ text: StaticString) -> Int32 {
        text.withUTF8Buffer { bytes in
            unsafe bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int32($1) }
        }
    }
}
