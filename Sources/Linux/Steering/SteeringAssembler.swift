import CLinux
import Glibc

/// Classic BPF for a steering program. Source: linux/filter.h; Documentation/networking/filter.rst.
///
/// When a reuseport program runs, the packet's data begins behind the TCP header, so addresses and ports are read
/// relative to the network header (SKF_NET_OFF).
struct SteeringAssembler {
    private(set) var instructions: [sock_filter] = []

    private static let networkHeader: UInt32 = UInt32(bitPattern: -0x100000)
    private static let random: UInt32 = UInt32(bitPattern: -0x1000 + 56)

    /// The whole program. A rule that fits no connection (`SteeringProgram.Rule.isPossible`) adds nothing.
    static func assemble(_ program: SteeringProgram) -> [sock_filter] {
        var assembler = SteeringAssembler()
        for rule in program.rules { assembler.rule(rule) }
        if let exemption = program.exemption {
            for network in exemption.networks { assembler.exempt(network, exemption.base) }
        }
        assembler.base(program.base)
        return assembler.instructions
    }

    private mutating func base(_ base: SteeringProgram.Base) {
        switch base {
        case .constant(let index): answer(index)
        case .weighted(let index, let share, let others):
            emit(BPF_LD | BPF_W | BPF_ABS, Self.random)
            emit(BPF_ALU | BPF_MOD | BPF_K, 10_000)
            jump(BPF_JGE, UInt32(clamping: share), ifTrue: 1, ifFalse: 0)
            answer(index)
            answer(others)
        }
    }

    /// Connections from a network are answered for at once; others fall through.
    private mutating func exempt(_ network: IPNetwork, _ base: SteeringProgram.Base) {
        var tests = SteeringAssembler()
        switch network.address {
        case .v4(let number, _):
            tests.version(4)
            tests.word(12, number.number, network.bits)
        case .v6(let number, _, _):
            tests.version(6)
            let words = [number.high >> 32, number.high, number.low >> 32, number.low]
            for (place, word) in words.enumerated() {
                tests.word(8 + 4 * UInt32(place), UInt32(truncatingIfNeeded: word), network.bits - 32 * place)
            }
        case .unix, .abstract, .unnamed: return
        }
        tests.base(base)
        tests.closeRule()
        instructions += tests.instructions
    }

    /// The first `bits` bits of a word have to be those of `value`; without any, it may be anything.
    private mutating func word(_ offset: UInt32, _ value: UInt32, _ bits: Int) {
        guard bits > 0 else { return }
        emit(BPF_LD | BPF_W | BPF_ABS, Self.networkHeader &+ offset)
        if bits < 32 { emit(BPF_ALU | BPF_AND | BPF_K, IPNetwork.mask(bits)) }
        require(value)
    }

    /// Each test of a rule leaves it, by a jump that is filled in at the end, when it does not hold.
    private mutating func rule(_ rule: SteeringProgram.Rule) {
        var tests = SteeringAssembler()
        switch (rule.source.unmapped, rule.destination.unmapped) {
        case (.v4(let source, let port), .v4(let destination, _)):
            tests.version(4)
            tests.word(12, source.number)
            tests.word(16, destination.number)
            // The header's length is the low half of its first byte, in words; the source port follows it.
            tests.emit(BPF_LD | BPF_B | BPF_ABS, Self.networkHeader)
            tests.emit(BPF_ALU | BPF_AND | BPF_K, 0x0f)
            tests.emit(BPF_ALU | BPF_LSH | BPF_K, 2)
            tests.emit(BPF_MISC | BPF_TAX, 0)
            tests.emit(BPF_LD | BPF_H | BPF_IND, Self.networkHeader)
            tests.require(UInt32(port))
        case (.v6(let source, let port, _), .v6(let destination, _, _)):
            tests.version(6)
            // The source port is at byte 40 only where TCP follows the fixed header at once.
            tests.emit(BPF_LD | BPF_B | BPF_ABS, Self.networkHeader &+ 6)
            tests.require(UInt32(IPPROTO_TCP))
            tests.address(8, source)
            tests.address(24, destination)
            tests.emit(BPF_LD | BPF_H | BPF_ABS, Self.networkHeader &+ 40)
            tests.require(UInt32(port))
        case (.v4, _), (.v6, _), (.unix, _), (.abstract, _), (.unnamed, _): return
        }
        tests.answer(rule.index)
        tests.closeRule()
        instructions += tests.instructions
    }

    private mutating func version(_ version: UInt32) {
        emit(BPF_LD | BPF_B | BPF_ABS, Self.networkHeader)
        emit(BPF_ALU | BPF_RSH | BPF_K, 4)
        require(version)
    }

    private mutating func word(_ offset: UInt32, _ value: UInt32) {
        emit(BPF_LD | BPF_W | BPF_ABS, Self.networkHeader &+ offset)
        require(value)
    }

    private mutating func address(_ offset: UInt32, _ address: IPv6Address) {
        word(offset, UInt32(address.high >> 32))
        word(offset + 4, UInt32(truncatingIfNeeded: address.high))
        word(offset + 8, UInt32(address.low >> 32))
        word(offset + 12, UInt32(truncatingIfNeeded: address.low))
    }

    private mutating func require(_ value: UInt32) { jump(BPF_JEQ, value, ifTrue: 0, ifFalse: 0xff) }

    private mutating func closeRule() {
        for index in instructions.indices where instructions[index].jf == 0xff {
            instructions[index].jf = UInt8(instructions.count - index - 1)
        }
    }

    private mutating func answer(_ index: Int) { emit(BPF_RET | BPF_K, UInt32(clamping: index)) }

    private mutating func emit(_ code: CInt, _ value: UInt32) {
        instructions.append(sock_filter(code: UInt16(code), jt: 0, jf: 0, k: value))
    }

    private mutating func jump(_ condition: CInt, _ value: UInt32, ifTrue: UInt8, ifFalse: UInt8) {
        instructions.append(sock_filter(code: UInt16(BPF_JMP | condition | BPF_K), jt: ifTrue, jf: ifFalse, k: value))
    }
}
