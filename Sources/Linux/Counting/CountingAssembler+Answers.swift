// The rules of the table at ``CountingProgram`` for the segments that go.
extension CountingAssembler {
    mutating func countAnswer() {
        let (other, isOpen) = (code.label(), code.label())
        code.load(.word, .r1, from: .r7, Connection.stage)
        code.jump(if: .greater, .r1, Stage.open.rawValue, to: end)
        readHeaders()
        requireHead(otherwise: other)
        code.load(.word, .r1, from: .r7, Connection.stage)
        code.jump(if: .equal, .r1, Stage.open.rawValue, to: isOpen)
        recognizeProbe(source: (v4: 16, v6: 24, port: 2))
        code.place(isOpen)
        takeStatus(interim: other)
        findCounters()
        countProbe()
        countConnection()
        countClass()
        countDuration()
        code.jump(to: end)
        code.place(other)
        closeRequest(Transport.fin | Transport.reset)
    }

    private mutating func countProbe() {
        let isUser = code.label()
        code.load(.byte, .r1, from: .r7, Connection.isProbe)
        code.jump(if: .equal, .r1, 0, to: isUser)
        count(.probes)
        code.jump(to: end)
        code.place(isUser)
    }

    private mutating func countConnection() {
        let isKnown = code.label()
        code.load(.byte, .r1, from: .r7, Connection.isMet)
        code.jump(if: .notEqual, .r1, 0, to: isKnown)
        code.store(.byte, value: 1, at: .r7, Connection.isMet)
        count(.connections)
        code.place(isKnown)
    }

    /// "HTTP/1.1 200": a status line as far as the status. Source: RFC 9112 section 4.
    private mutating func requireHead(otherwise: ProgramAssembler.Label) {
        readPayload(12, otherwise: otherwise)
        code.load(.word, .r1, from: .stack, Stack.payload)
        code.jump(if: .notEqual, .r1, Self.word("HTTP"), to: otherwise)
        for (index, byte) in [(4, "/"), (5, "1"), (6, "."), (8, " ")] as [(Int, Unicode.Scalar)] {
            code.load(.byte, .r1, from: .stack, Stack.payload + index)
            code.jump(if: .notEqual, .r1, Int32(byte.value), to: otherwise)
        }
        for (index, least, most) in [(9, "1", 4), (10, "0", 9), (11, "0", 9)] as [(Int, Unicode.Scalar, Int32)] {
            code.load(.byte, .r1, from: .stack, Stack.payload + index)
            code.compute(.subtract, .r1, Int32(least.value))
            code.jump(if: .greater, .r1, most, to: otherwise)
        }
    }

    /// Sets the stage behind an answer. One that only announces another (1xx) changes nothing.
    private mutating func takeStatus(interim: ProgramAssembler.Label) {
        let (isFinal, done) = (code.label(), code.label())
        code.load(.byte, .r1, from: .stack, Stack.payload + 9)
        code.jump(if: .notEqual, .r1, Int32(UInt8(ascii: "1")), to: isFinal)
        for (index, byte) in [(10, UInt8(ascii: "0")), (11, UInt8(ascii: "1"))] {
            code.load(.byte, .r1, from: .stack, Stack.payload + index)
            code.jump(if: .notEqual, .r1, Int32(byte), to: interim)
        }
        code.load(.word, .r8, from: .r7, Connection.stage)
        code.store(.word, value: Stage.foreign.rawValue, at: .r7, Connection.stage)
        code.jump(to: done)
        code.place(isFinal)
        code.load(.word, .r8, from: .r7, Connection.stage)
        code.store(.word, value: Stage.answered.rawValue, at: .r7, Connection.stage)
        code.load(.word, .r1, from: .stack, Stack.transport + Transport.acknowledgement)
        code.fromNetworkOrder(.r1)
        code.store(.word, .r1, at: .r7, Connection.sequence)
        code.place(done)
    }

    /// Counts the answer by its class; and its request, if that was not seen.
    private mutating func countClass() {
        let (isSeen, isClients, isFound) = (code.label(), code.label(), code.label())
        code.jump(if: .equal, .r8, Stage.open.rawValue, to: isSeen)
        count(.requests)
        code.place(isSeen)
        code.load(.byte, .r2, from: .stack, Stack.payload + 9)
        code.compute(.subtract, .r2, Int32(UInt8(ascii: "1")))
        code.jump(if: .notEqual, .r2, 4, to: isFound)
        code.load(.byte, .r1, from: .stack, Stack.payload + 10)
        code.jump(if: .notEqual, .r1, Int32(UInt8(ascii: "0")), to: isFound)
        code.load(.byte, .r1, from: .stack, Stack.payload + 11)
        code.jump(if: .equal, .r1, Int32(UInt8(ascii: "1")), to: isClients)
        code.jump(if: .notEqual, .r1, Int32(UInt8(ascii: "5")), to: isFound)
        code.place(isClients)
        code.compute(.move, .r2, 3)
        code.place(isFound)
        count(Counter.informational.rawValue, upTo: 7)
    }

    /// Counts how long it took, if the request was seen.
    private mutating func countDuration() {
        code.jump(if: .notEqual, .r8, Stage.open.rawValue, to: end)
        code.call(.now)
        code.load(.long, .r1, from: .r7, Connection.since)
        code.compute(.subtract, .r0, .r1)
        code.compute(.divide, .r0, 1000)
        findBucket()
        count(CountingProgram.latencyStart, upTo: Int32(CountingProgram.latencyBuckets - 1))
    }

    /// The bucket, in `r2`, of the microseconds in `r0`.
    private mutating func findBucket() {
        let (isLast, isFound) = (code.label(), code.label())
        code.compute(.move, .r2, 0)
        code.jump(if: .less, .r0, 2, to: isFound)
        code.compute(.move, .r1, .r0)
        code.compute(.shiftRight, .r1, 32)
        code.jump(if: .notEqual, .r1, 0, to: isLast)
        // The whole part of the logarithm.
        code.compute(.move, .r1, .r0)
        for step: Int32 in [16, 8, 4, 2, 1] {
            let isLess = code.label()
            code.compute(.move, .r3, .r1)
            code.compute(.shiftRight, .r3, step)
            code.jump(if: .equal, .r3, 0, to: isLess)
            code.compute(.move, .r1, .r3)
            code.compute(.add, .r2, step)
            code.place(isLess)
        }
        // At least 2^(whole + 1/2)? Both sides squared: below 2^32 the square fits.
        code.compute(.shiftLeft, .r2, 1)
        code.compute(.multiply, .r0, .r0)
        code.compute(.move, .r1, 2)
        code.compute(.shiftLeft, .r1, .r2)
        code.jump(if: .less, .r0, .r1, to: isFound)
        code.compute(.add, .r2, 1)
        code.jump(to: isFound)
        code.place(isLast)
        code.compute(.move, .r2, Int32(CountingProgram.latencyBuckets - 1))
        code.place(isFound)
    }
}
