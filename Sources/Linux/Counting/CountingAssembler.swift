/// Writes the instructions of a counting program. Source: linux/bpf.h; net/core/filter.c, `cg_skb_func_proto`.
///
/// In the programs `r6` is the segment, `r7` the connection's record, `r8` where the payload begins, and `r9` first where the
/// TCP header begins, then the counters. (A call destroys the registers before these.)
///
/// The verifier lets them pass without CAP_PERFMON. Who lacks that may add no number to the address of a packet but a constant,
/// and to one of a map only numbers that are unknown on all ways there. Source: kernel/bpf/verifier.c, `sanitize_ptr_alu`.
struct CountingAssembler {
    typealias Connection = CountingProgram.Connection
    typealias Counter = CountingProgram.Counter
    typealias Stage = CountingProgram.Stage

    let program: CountingProgram
    var code = ProgramAssembler()
    /// Lets the segment through.
    let end: ProgramAssembler.Label

    /// Places on the stack.
    enum Stack {
        /// The first 12 bytes of the payload.
        static let payload = -16
        /// The first 14 bytes of the TCP header.
        static let transport = -32
        static let endpoint = -56
        static let slot = -64
    }

    /// Offsets in `struct __sk_buff` and `struct bpf_sock`, and a state of the latter.
    enum Context {
        static let length = 0
        static let data = 76
        static let dataEnd = 80
        static let socket = 168
        static let state = 72
        static let listens: Int32 = 10
    }

    /// Places in the TCP header.
    enum Transport {
        static let sequence = 4
        static let acknowledgement = 8
        static let offset = 12
        static let flags = 13
        static let fin: Int32 = 1
        static let reset: Int32 = 4
    }

    private init(_ program: CountingProgram) {
        self.program = program
        end = code.label()
    }

    static func assemble(_ program: CountingProgram) -> [UInt64] {
        var assembler = CountingAssembler(program)
        assembler.findConnection()
        switch program.direction {
        case .requests: assembler.countRequest()
        case .answers: assembler.countAnswer()
        }
        assembler.code.place(assembler.end)
        assembler.code.compute(.move, .r0, 1)
        assembler.code.exit()
        return assembler.code.finished()
    }

    /// Finds the record; most sockets have none.
    private mutating func findConnection() {
        code.compute(.move, .r6, .r1)
        code.load(.long, .r2, from: .r6, Context.socket)
        code.jump(if: .equal, .r2, 0, to: end)
        code.load(map: program.maps.connections, .r1)
        code.compute(.move, .r3, 0)
        code.compute(.move, .r4, 0)
        code.call(.socketStorage)
        code.jump(if: .equal, .r0, 0, to: end)
        code.compute(.move, .r7, .r0)
    }

    /// Copies the TCP header to the stack, and finds where the payload begins.
    mutating func readHeaders() {
        let (v4, hasOptions, isCopied) = (code.label(), code.label(), code.label())
        loadPacket(bytes: 34)
        code.load(.byte, .r9, from: .r2, 0)
        code.compute(.move, .r1, .r9)
        code.compute(.shiftRight, .r1, 4)
        code.jump(if: .equal, .r1, 4, to: v4)
        code.jump(if: .notEqual, .r1, 6, to: end)
        // What follows the fixed header of IPv6.
        code.load(.byte, .r1, from: .r2, 6)
        code.jump(if: .notEqual, .r1, 6, to: end)
        loadPacket(bytes: 54)
        code.compute(.move, .r9, 40)
        copyTransport(from: 40)
        code.jump(to: isCopied)
        code.place(v4)
        code.compute(.and, .r9, 0x0f)
        code.compute(.shiftLeft, .r9, 2)
        code.jump(if: .notEqual, .r9, 20, to: hasOptions)
        copyTransport(from: 20)
        code.jump(to: isCopied)
        code.place(hasOptions)
        read(14, at: .r9, to: Stack.transport, otherwise: end)
        code.place(isCopied)
        code.load(.byte, .r8, from: .stack, Stack.transport + Transport.offset)
        code.compute(.shiftRight, .r8, 4)
        code.compute(.shiftLeft, .r8, 2)
        code.compute(.add, .r8, .r9)
    }

    private mutating func copyTransport(from offset: Int) {
        for (size, place) in [(.long, 0), (.word, 8), (.half, 12)] as [(ProgramAssembler.Size, Int)] {
            code.load(size, .r1, from: .r2, offset + place)
            code.store(size, .r1, at: .stack, Stack.transport + place)
        }
    }

    /// The IP header in `r2`, of which there are so many bytes at least, and its end in `r3`.
    mutating func loadPacket(bytes: Int32) {
        code.load(.word, .r2, from: .r6, Context.data)
        code.load(.word, .r3, from: .r6, Context.dataEnd)
        code.compute(.move, .r1, .r2)
        code.compute(.add, .r1, bytes)
        code.jump(if: .greater, .r1, .r3, to: end)
    }

    /// Copies the first bytes of the payload to the stack; where there are not so many, it goes elsewhere.
    mutating func readPayload(_ count: Int32, otherwise: ProgramAssembler.Label) {
        // Most that are too short need no call to say so.
        code.load(.word, .r1, from: .r6, Context.length)
        code.compute(.subtract, .r1, .r8)
        code.jump(if: .less, .r1, count, to: otherwise)
        read(count, at: .r8, to: Stack.payload, otherwise: otherwise)
    }

    private mutating func read(
        _ count: Int32, at offset: ProgramAssembler.Register, to place: Int, otherwise: ProgramAssembler.Label
    ) {
        code.compute(.move, .r1, .r6)
        code.compute(.move, .r2, offset)
        code.compute(.move, .r3, .stack)
        code.compute(.add, .r3, Int32(place))
        code.compute(.move, .r4, count)
        code.call(.loadBytes)
        code.jump(if: .notEqual, .r0, 0, to: otherwise)
    }

    /// Leaves unless a request is open and the segment has one of these flags; then it is counted as one without an answer.
    mutating func closeRequest(_ flags: Int32) {
        let isEnd = code.label()
        code.load(.byte, .r1, from: .stack, Stack.transport + Transport.flags)
        code.jump(if: .anyBit, .r1, flags, to: isEnd)
        code.jump(to: end)
        code.place(isEnd)
        code.load(.word, .r1, from: .r7, Connection.stage)
        code.jump(if: .notEqual, .r1, Stage.open.rawValue, to: end)
        code.store(.word, value: Stage.answered.rawValue, at: .r7, Connection.stage)
        leaveIfProbe()
        findCounters()
        count(.unanswered)
    }

    mutating func leaveIfProbe() {
        code.load(.byte, .r1, from: .r7, Connection.isProbe)
        code.jump(if: .notEqual, .r1, 0, to: end)
    }

    /// Finds the counters of the connection's slot, and keeps them in `r9`.
    mutating func findCounters() {
        code.load(.word, .r1, from: .r7, Connection.slot)
        code.store(.word, .r1, at: .stack, Stack.slot)
        look(Stack.slot, in: program.maps.counters)
        code.jump(if: .equal, .r0, 0, to: end)
        code.compute(.move, .r9, .r0)
    }

    mutating func count(_ counter: Counter) {
        code.compute(.move, .r1, 1)
        code.addAtomically(.r1, at: .r9, counter.offset)
    }

    /// Counts one of several counters: the one whose number, up to a power of two less 1, is in `r2`.
    mutating func count(_ first: Int, upTo most: Int32) {
        code.store(.byte, .r2, at: .r7, Connection.choice)
        code.load(.byte, .r2, from: .r7, Connection.choice)
        code.compute(.and, .r2, most)
        code.compute(.shiftLeft, .r2, 3)
        code.compute(.move, .r3, .r9)
        code.compute(.add, .r3, .r2)
        code.compute(.move, .r1, 1)
        code.addAtomically(.r1, at: .r3, first * 8)
    }

    /// The place in `r0` of what a map has under a key on the stack; 0: nothing.
    mutating func look(_ key: Int, in map: CInt) {
        code.load(map: map, .r1)
        code.compute(.move, .r2, .stack)
        code.compute(.add, .r2, Int32(key))
        code.call(.mapLookup)
    }
}
