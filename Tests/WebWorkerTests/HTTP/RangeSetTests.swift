import Testing

@testable import WebWorker

@Suite struct RangeSetTests {
    private func parse(_ text: String, size: Int = 10) -> RangeSet {
        let bytes = Array(text.utf8)
        return RangeSet.parse(0..<bytes.count, bytes.span, size: size)
    }

    @Test(arguments: [
        ("bytes=0-0", [0..<1]), ("bytes=0-9", [0..<10]), ("bytes=0-", [0..<10]), ("bytes=9-", [9..<10]),
        ("bytes=5-99", [5..<10]), ("bytes=-3", [7..<10]), ("bytes=-99", [0..<10]), ("Bytes=1-1", [1..<2]),
        ("bytes=0-99999999999999999999999999", [0..<10]), ("bytes=-99999999999999999999999999", [0..<10]),
        ("bytes=8-8,0-1", [8..<9, 0..<2]), ("bytes= 0-1 ,\t,3-4,", [0..<2, 3..<5]), ("bytes=0-1,20-30", [0..<2]),
        ("bytes=0-4,-5", [0..<5, 5..<10]), ("bytes=0-1,-0", [0..<2]),
    ])
    func partsAreFound(_ text: String, _ parts: [Range<Int>]) { #expect(parse(text) == .parts(parts)) }

    @Test(arguments: ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-", "bytes=10-10,11-12"])
    func partsBehindTheEndAreNot(_ text: String) { #expect(parse(text) == .unsatisfiable) }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=0-1,x", "bytes=--1",
        "bytes=+1-2", "bytes=0 - 1", "bytes=0x1-2", "lines=0-1", "bytes 0-1", "bytes=0-1;2-3", "bytes=0-1-2",
        // More than there is: overlapping.
        "bytes=0-9,0-0", "bytes=0-,0-,0-",
    ])
    func whatIsNoneIsPassedOver(_ text: String) { #expect(parse(text) == .ignored) }

    @Test func onlySoManyAreAnswered() {
        let many = (0..<65).map { "\($0)-\($0)" }
        #expect(parse("bytes=" + many.joined(separator: ","), size: 1000) == .ignored)
        let fewer = "bytes=" + many.dropLast().joined(separator: ",")
        #expect(parse(fewer, size: 1000) == .parts((0..<64).map { $0..<$0 + 1 }))
    }

    @Test func anEmptyFileHasNoParts() {
        #expect(parse("bytes=0-", size: 0) == .unsatisfiable)
        #expect(parse("bytes=0-0", size: 0) == .unsatisfiable)
        #expect(parse("bytes=-1", size: 0) == .ignored)
    }
}
