/// Instructions for the kernel's own machine (eBPF), with jumps to places that are named before they are known. Source:
/// Documentation/bpf/standardization/instruction-set.rst.
///
/// The words are those of a little-endian machine.
struct ProgramAssembler {
    enum Register: UInt64 {
        /// The result of a call, and of the program.
        case r0
        /// The arguments of a call, which does not keep them. In `r1` a program gets what it is about.
        case r1, r2, r3, r4, r5
        /// Kept over calls.
        case r6, r7, r8, r9
        /// The end of the stack, which lies before it.
        case stack
    }

    enum Size: UInt64 {
        case word = 0x00
        case half = 0x08
        case byte = 0x10
        case long = 0x18
    }

    /// On all 64 bits.
    enum Operation: UInt64 {
        case add = 0x00
        case subtract = 0x10
        case multiply = 0x20
        case divide = 0x30
        case and = 0x50
        case shiftLeft = 0x60
        case shiftRight = 0x70
        case move = 0xb0
        /// Keeps the sign.
        case shiftSignedRight = 0xc0
    }

    enum Condition: UInt64 {
        case equal = 0x10
        case greater = 0x20
        case anyBit = 0x40
        case notEqual = 0x50
        case less = 0xa0
        case signedNotGreater = 0xd0
    }

    /// The kernel's functions, by their numbers. Source: linux/bpf.h, `enum bpf_func_id`.
    enum Function: Int32 {
        case mapLookup = 1
        /// CLOCK_MONOTONIC in nanoseconds.
        case now = 5
        case loadBytes = 26
        case socketStorage = 107
    }

    /// A place to jump to.
    struct Label: Hashable { fileprivate let number: Int }

    private var words: [UInt64] = []
    private var places: [Label: Int] = [:]
    private var jumps: [(at: Int, to: Label)] = []
    private var labels = 0

    mutating func label() -> Label {
        labels += 1
        return Label(number: labels)
    }

    /// The label stands before the next instruction.
    mutating func place(_ label: Label) { places[label] = words.count }

    /// The program with its jumps filled in. A label that was never placed is our own mistake.
    func finished() -> [UInt64] {
        var words = words
        for jump in jumps {
            guard let place = places[jump.to] else { fatalError("a jump of instruction \(jump.at) leads nowhere") }
            words[jump.at] |= UInt64(UInt16(bitPattern: Int16(place - jump.at - 1))) << 16
        }
        return words
    }

    private mutating func emit(
        _ code: UInt64, _ destination: Register = .r0, _ source: Register = .r0, offset: Int16 = 0, value: Int32 = 0
    ) {
        words.append(
            code | destination.rawValue << 8 | source.rawValue << 12 | UInt64(UInt16(bitPattern: offset)) << 16
                | UInt64(UInt32(bitPattern: value)) << 32)
    }
}

// Arithmetic, loads and stores.
extension ProgramAssembler {
    mutating func compute(_ operation: Operation, _ register: Register, _ value: Int32) {
        emit(0x07 | operation.rawValue, register, value: value)
    }

    mutating func compute(_ operation: Operation, _ register: Register, _ other: Register) {
        emit(0x0f | operation.rawValue, register, other)
    }

    /// Makes a number in network order, of 32 bits, one of this machine's.
    mutating func fromNetworkOrder(_ register: Register) { emit(0xdc, register, value: 32) }

    mutating func load(_ size: Size, _ register: Register, from base: Register, _ offset: Int) {
        emit(0x61 | size.rawValue, register, base, offset: Int16(offset))
    }

    mutating func store(_ size: Size, _ register: Register, at base: Register, _ offset: Int) {
        emit(0x63 | size.rawValue, base, register, offset: Int16(offset))
    }

    mutating func store(_ size: Size, value: Int32, at base: Register, _ offset: Int) {
        emit(0x62 | size.rawValue, base, offset: Int16(offset), value: value)
    }

    /// Adds to 64 bits of memory, as one step for all processors.
    mutating func addAtomically(_ register: Register, at base: Register, _ offset: Int) {
        emit(0xdb, base, register, offset: Int16(offset))
    }

    /// The map that a descriptor of this process leads to (BPF_PSEUDO_MAP_FD): two words.
    mutating func load(map descriptor: CInt, _ register: Register) {
        words.append(0x18 | register.rawValue << 8 | 1 << 12 | UInt64(UInt32(bitPattern: descriptor)) << 32)
        words.append(0)
    }
}

// The flow.
extension ProgramAssembler {
    mutating func jump(to label: Label) {
        jumps.append((words.count, label))
        emit(0x05)
    }

    mutating func jump(if condition: Condition, _ register: Register, _ value: Int32, to label: Label) {
        jumps.append((words.count, label))
        emit(0x05 | condition.rawValue, register, value: value)
    }

    mutating func jump(if condition: Condition, _ register: Register, _ other: Register, to label: Label) {
        jumps.append((words.count, label))
        emit(0x0d | condition.rawValue, register, other)
    }

    mutating func call(_ function: Function) { emit(0x85, value: function.rawValue) }

    mutating func exit() { emit(0x95) }
}
