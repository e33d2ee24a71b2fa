import Testing

@testable import Linux

@Suite struct ProgramAssemblerTests {
    /// Source of the words: the instruction set's own tables (code, registers, offset, value).
    @Test func `instructions are those of the kernel's manual`() {
        var code = ProgramAssembler()
        code.compute(.move, .r6, .r1)
        code.compute(.add, .r3, -16)
        code.load(.long, .r1, from: .r6, 168)
        code.store(.word, .r7, at: .stack, -20)
        code.store(.byte, value: 1, at: .r7, 20)
        code.load(map: 9, .r1)
        code.addAtomically(.r1, at: .r9, 8)
        code.fromNetworkOrder(.r2)
        code.call(.loadBytes)
        code.exit()
        #expect(
            code.finished() == [
                0x0000_0000_0000_16bf, 0xffff_fff0_0000_0307, 0x0000_0000_00a8_6179, 0x0000_0000_ffec_7a63,
                0x0000_0001_0014_0772, 0x0000_0009_0000_1118, 0, 0x0000_0000_0008_19db, 0x0000_0020_0000_02dc,
                0x0000_001a_0000_0085, 0x0000_0000_0000_0095,
            ])
    }

    @Test func `jumps lead to their labels, forwards and backwards`() {
        var code = ProgramAssembler()
        let (start, end) = (code.label(), code.label())
        code.place(start)
        code.jump(if: .equal, .r0, 0, to: end)
        code.jump(if: .greater, .r1, .r2, to: start)
        code.jump(to: end)
        code.place(end)
        code.exit()
        #expect(
            code.finished() == [0x0000_0000_0002_0015, 0x0000_0000_fffe_212d, 0x0000_0000_0000_0005, 0x95])
    }

    /// Small enough to be read, and so that no segment waits for it.
    @Test func `the programs are short`() {
        let maps = CountingProgram.Maps(connections: 3, counters: 4, probes: 5)
        for direction in CountingProgram.Direction.allCases {
            let program = CountingProgram(direction: direction, maps: maps)
            #expect(program.instructions.count < 260, "\(direction)")
        }
    }
}
