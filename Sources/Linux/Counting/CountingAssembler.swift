/// Writes the instructions of a counting program. Source: linux/bpf.h; net/core/filter.c, `cg_skb_func_proto`.
///
/// In the programs `r6` is the segment, `r7` the connection's record, `r8` where the payload begins, and `r9` first where the
/// TCP header begins, then the counters. (Kept apart by section: a call destroys the others.)
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
        /// The first 8 bytes of the IP header.
        static let network = -8
        /// The first 14 bytes of the TCP header.
        static let transport = -24
        /// The first 12 bytes of the payload.
        static let payload = -40
        static let endpoint = -64
        static let slot = -72
    }

    private init(_ program: CountingProgram) {
        self.program = program
        end = code.label()
    }

    static func assemble(_ program: CountingProgram) -> [UInt64] {
        var assembler = CountingAssembler(program)
        assembler.findConnection()
        assembler.readHeaders()
        switch program.direction {
        case .requests: assembler.countRequest()
        case .answers: assembler.countAnswer()
        }
        assembler.code.place(assembler.end)
        assembler.code.compute(.move, .r0, 1)
        assembler.code.exit()
        return assembler.code.finished()
    }

    /// Offsets in `struct __sk_buff` and `struct bpf_sock`, and a state of the latter.
    private enum Context {
        static let socket = 168
        static let state = 72
        static let listens: Int32 = 10
    }

    /// Finds the record; most sockets have none. A listener has one to give away, and is no connection.
    private mutating func findConnection() {
        code.compute(.move, .r6, .r1)
        code.load(.long, .r1, from: .r6, Context.socket)
        code.jump(if: .equal, .r1, 0, to: end)
        code.call(.fullSocket)
        code.jump(if: .equal, .r0, 0, to: end)
        code.compute(.move, .r8, .r0)
        code.load(map: program.maps.connections, .r1)
        code.compute(.move, .r2, .r8)
        code.compute(.move, .r3, 0)
        code.compute(.move, .r4, 0)
        code.call(.socketStorage)
        code.jump(if: .equal, .r0, 0, to: end)
        code.compute(.move, .r7, .r0)
        code.load(.word, .r1, from: .r8, Context.state)
        code.jump(if: .equal, .r1, Context.listens, to: end)
    }

    /// Finds where the TCP header and the payload begin.
    private mutating func readHeaders() {
        let (v4, transport) = (code.label(), code.label())
        code.compute(.move, .r9, 0)
        read(8, at: .r9, to: Stack.network, otherwise: end)
        code.load(.byte, .r9, from: .stack, Stack.network)
        code.compute(.move, .r1, .r9)
        code.compute(.shiftRight, .r1, 4)
        code.jump(if: .equal, .r1, 4, to: v4)
        code.jump(if: .notEqual, .r1, 6, to: end)
        // What follows the fixed header of IPv6.
        code.load(.byte, .r1, from: .stack, Stack.network + 6)
        code.jump(if: .notEqual, .r1, 6, to: end)
        code.compute(.move, .r9, 40)
        code.jump(to: transport)
        code.place(v4)
        code.compute(.and, .r9, 0x0f)
        code.compute(.shiftLeft, .r9, 2)
        code.place(transport)
        read(14, at: .r9, to: Stack.transport, otherwise: end)
        code.load(.byte, .r8, from: .stack, Stack.transport + 12)
        code.compute(.shiftRight, .r8, 4)
        code.compute(.shiftLeft, .r8, 2)
        code.compute(.add, .r8, .r9)
    }

    /// Copies bytes of the segment to the stack; where there are not so many, it goes elsewhere.
    mutating func read(
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

    /// Leaves unless a request is open and the segment has one of these flags (FIN is 1, RST is 4); then it is counted as one
    /// without an answer.
    mutating func closeRequest(_ flags: Int32) {
        let isEnd = code.label()
        code.load(.byte, .r1, from: .stack, Stack.transport + 13)
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
