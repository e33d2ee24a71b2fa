import Linux
import TestSupport
import Testing

@testable import deployd

@Suite("A generation's log while it is written")
struct LogFileTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("7.log")
        _ = try Files.create(path)
    }

    private func write(_ text: String) throws {
        try Files.openForAppending(path).writeAll(Array(text.utf8))
    }

    /// Everything that can be read now.
    private func rest(_ log: inout LogFile) throws -> String {
        var bytes: [UInt8] = []
        while true {
            let more = try log.more()
            guard !more.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    private func lastLines(_ count: Int) throws -> String {
        var log = try LogFile(path)
        return String(decoding: try log.lastLines(count), as: UTF8.self)
    }

    @Test("gives the last lines, the unfinished one among them")
    func lastLines() throws {
        #expect(try lastLines(3) == "")
        try write("one\ntwo\n\nfour\nfi")
        #expect(try lastLines(1) == "fi")
        #expect(try lastLines(3) == "\nfour\nfi")
        try write("ve\n")
        #expect(try lastLines(2) == "four\nfive\n")
        #expect(try lastLines(100) == "one\ntwo\n\nfour\nfive\n")
    }

    @Test("gives the last lines of a file that is larger than what is read at once")
    func largeFile() throws {
        try write((0..<50_000).map { "line \($0)\n" }.joined())
        #expect(try lastLines(2) == "line 49998\nline 49999\n")
        #expect(try lastLines(20_000).hasPrefix("line 30000\n"))
    }

    @Test("gives a mebibyte at most of a file without a line's end")
    func endlessLine() throws {
        let file = try Files.openForAppending(path)
        for _ in 1...3 { try file.writeAll([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)) }
        try file.writeAll(Array("end".utf8))
        var log = try LogFile(path)
        let shown = try log.lastLines(100)
        #expect(shown.count == 1 << 20)
        #expect(shown.suffix(3).elementsEqual("end".utf8))
        try write(" of it\n")
        #expect(try rest(&log) == " of it\n")
    }

    @Test("goes on where the last lines ended")
    func goesOn() throws {
        try write("one\ntwo\n")
        var log = try LogFile(path)
        _ = try log.lastLines(1)
        #expect(try rest(&log) == "")
        try write("thr")
        #expect(try rest(&log) == "thr")
        try write("ee\nfour\n")
        #expect(try rest(&log) == "ee\nfour\n")
    }

    @Test("begins again when the file was cut to nothing")
    func truncated() throws {
        try write("one\ntwo\n")
        var log = try LogFile(path)
        _ = try log.lastLines(10)
        _ = try Files.create(path)
        try write("three, which is longer than what was there before\n")
        #expect(try rest(&log) == "three, which is longer than what was there before\n")
    }

    @Test("finds its place again when bytes at the front were taken away")
    func collapsed() throws {
        let old = (0..<2000).map { "line \($0)\n" }.joined()
        try write(old)
        var log = try LogFile(path)
        _ = try log.lastLines(1)
        let kept = String(old.suffix(9000))
        _ = try Files.create(path)
        try write(kept + "new\n")
        #expect(try rest(&log) == "new\n")
    }

    @Test("reads the old file to its end and then the one that took its place")
    func replaced() throws {
        try write("one\n")
        var log = try LogFile(path)
        _ = try log.lastLines(10)
        try write("two\n")
        try Files.rename(path, to: directory.path("7.log.1"))
        _ = try Files.create(path)
        try write("three\n")
        #expect(try rest(&log) == "two\nthree\n")
    }
}
