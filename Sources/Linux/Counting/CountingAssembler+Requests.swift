// The rules of the table at ``CountingProgram`` for the segments that come.
extension CountingAssembler {
    mutating func countRequest() {
        let (other, isNew, isToken) = (code.label(), code.label(), code.label())
        read(4, at: .r8, to: Stack.payload, otherwise: other)
        code.load(.word, .r8, from: .r7, Connection.stage)
        code.jump(if: .equal, .r8, Stage.open.rawValue, to: other)
        code.jump(if: .equal, .r8, Stage.foreign.rawValue, to: end)
        for index in 0..<3 { requireLetter(index, otherwise: other) }
        code.load(.byte, .r1, from: .stack, Stack.payload + 3)
        code.jump(if: .equal, .r1, Int32(UInt8(ascii: " ")), to: isToken)
        requireLetter(3, otherwise: other)
        code.place(isToken)
        leaveIfOtherProtocol()
        code.jump(if: .equal, .r8, Stage.fresh.rawValue, to: isNew)
        leaveIfRepeated()
        code.place(isNew)
        recognizeProbe(source: (v4: 12, v6: 8, port: 0))
        code.store(.word, value: Stage.open.rawValue, at: .r7, Connection.stage)
        code.call(.now)
        code.store(.long, .r0, at: .r7, Connection.since)
        leaveIfProbe()
        findCounters()
        count(.requests)
        code.jump(to: end)
        code.place(other)
        closeRequest(4)
    }

    /// Methods are of capitals. (They are tokens, and might be of others; no registered one is shorter than three letters, or
    /// has another sign in its first four. Source: RFC 9110 section 16.1.)
    private mutating func requireLetter(_ index: Int, otherwise: ProgramAssembler.Label) {
        code.load(.byte, .r1, from: .stack, Stack.payload + index)
        code.compute(.subtract, .r1, Int32(UInt8(ascii: "A")))
        code.jump(if: .greater, .r1, 25, to: otherwise)
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
        code.load(.word, .r1, from: .stack, Stack.transport + 4)
        code.fromNetworkOrder(.r1)
        code.load(.word, .r2, from: .r7, Connection.sequence)
        code.compute(.subtract, .r1, .r2)
        code.compute(.shiftLeft, .r1, 32)
        code.compute(.shiftSignedRight, .r1, 32)
        code.jump(if: .signedNotGreater, .r1, -1, to: end)
    }

    /// On a fresh connection: is its other end a probe of ours? `source` is where a segment has that end: offsets in the IP
    /// header, and in the TCP header.
    mutating func recognizeProbe(source: (v4: Int32, v6: Int32, port: Int)) {
        let (known, v6, port) = (code.label(), code.label(), code.label())
        code.load(.word, .r1, from: .r7, Connection.stage)
        code.jump(if: .notEqual, .r1, Stage.fresh.rawValue, to: known)
        for place in 0..<3 { code.store(.long, value: 0, at: .stack, Stack.endpoint + place * 8) }
        code.load(.byte, .r1, from: .stack, Stack.network)
        code.compute(.shiftRight, .r1, 4)
        code.jump(if: .equal, .r1, 6, to: v6)
        code.compute(.move, .r8, source.v4)
        read(4, at: .r8, to: Stack.endpoint, otherwise: end)
        code.jump(to: port)
        code.place(v6)
        code.compute(.move, .r8, source.v6)
        read(16, at: .r8, to: Stack.endpoint, otherwise: end)
        code.place(port)
        code.load(.half, .r1, from: .stack, Stack.transport + source.port)
        code.store(.half, .r1, at: .stack, Stack.endpoint + 16)
        look(Stack.endpoint, in: program.maps.probes)
        code.jump(if: .equal, .r0, 0, to: known)
        code.store(.byte, value: 1, at: .r7, Connection.isProbe)
        code.place(known)
    }

    /// Four bytes as a load has them.
    static func word(_ text: StaticString) -> Int32 {
        text.withUTF8Buffer { bytes in
            unsafe bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int32($1) }
        }
    }
}
