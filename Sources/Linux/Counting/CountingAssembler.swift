/// Writes the instructions of a counting program. Source: linux/bpf.h; net/core/filter.c, `cg_skb_func_proto`.
///
/// In the programs `r6` is the segment, `r7` the connection's record, `r8` where the payload begins, and `r9` first the TCP
/// header, then the counters. (A call destroys the registers before these.)
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
        static let endpoint = -40
        static let slot = -48
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
        static let byteCount: Int32 = 14
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

    /// Finds the TCP header and where the payload begins.
    mutating func readHeaders() {
        let (v4, transport) = (code.label(), code.label())
        loadPacket(bytes: 20)
        code.load(.byte, .r9, from: .r2, 0)
        code.compute(.move, .r1, .r9)
        code.compute(.shiftRight, .r1, 4)
        code.jump(if: .equal, .r1, 4, to: v4)
        code.jump(if: .notEqual, .r1, 6, to: end)
        // What follows the fixed header of IPv6.
        code.load(.byte, .r1, from: .r2, 6)
        code.jump(if: .notEqual, .r1, 6, to: end)
        code.compute(.move, .r9, 40)
        code.jump(to: transport)
        code.place(v4)
        code.compute(.and, .r9, 0x0f)
        code.compute(.shiftLeft, .r9, 2)
        code.place(transport)
        code.compute(.add, .r2, .r9)
        code.compute(.move, .r1, .r2)
        code.compute(.add, .r1, Transport.byteCount)
        code.jump(if: .greater, .r1, .r3, to: end)
        code.load(.byte, .r8, from: .r2, Transport.offset)
        code.compute(.shiftRight, .r8, 4)
        code.compute(.shiftLeft, .r8, 2)
        code.compute(.add, .r8, .r9)
        code.compute(.move, .r9, .r2)
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
        code.compute(.move, .r1, .r6)
        code.compute(.move, .r2, .r8)
        code.compute(.move, .r3, .stack)
        code.compute(.add, .r3, Int32(Stack.payload))
        code.compute(.move, .r4, count)
        code.call(.loadBytes)
        code.jump(if: .notEqual, .r0, 0, to: otherwise)
    }

    /// Leaves unless a request is open and the segment has one of these flags; then it is counted as one without an answer.
    mutating func closeRequest(_ flags: Int32) {
        let isEnd = code.label()
        code.load(.byte, .r1, from: .r9, Transport.flags)
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

    /// The place in `r0` of what a map has under a key on the stack; 0: nothing.
    mutating func look(_ key: Int, in map: CInt) {
        code.load(map: map, .r1)
        code.compute(.move, .r2, .stack)
        code.compute(.add, .r2, Int32(key))
        code.call(.mapLookup)
    }
}
