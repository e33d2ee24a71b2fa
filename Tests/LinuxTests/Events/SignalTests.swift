import Linux
import TestSupport
import Testing

@Suite("Signals")
struct SignalTests {
    /// The kernel sends SIGPIPE to the very thread that wrote, so this needs no other thread to block it. How a signal to
    /// the whole process arrives is tested end to end with the built program, whose masks are its own.
    @Test("A blocked signal is read from the descriptor, once, with its sender")
    func read() throws {
        let signals = try SignalDescriptor([.pipe])
        // An earlier test on this thread may have left one.
        while try signals.read() != nil {}
        let ends = try Pipe().ends()
        do { _ = FileDescriptor(owning: ends.reading) }
        let writing = FileDescriptor(owning: ends.writing)
        #expect(throws: SystemError(call: "write", errno: .brokenPipe)) {
            try wait(
                for: "the reader to be gone",
                until: {
                    _ = try writing.write([1]); return false
                })
        }
        #expect(try Poll.readable(signals.number, timeout: .zero))
        let received = try #require(try signals.read())
        #expect(received.signal == .pipe)
        #expect(received.uid == ThisProcess.uid)
        #expect(try signals.read() == nil)
    }

    @Test("A signal is named in three ways", arguments: ["TERM", "SIGTERM", "15"])
    func names(name: String) {
        #expect(Signal(name: name) == .term)
        #expect(Signal(name: name)?.description == "SIGTERM")
    }

    @Test("What is no signal is none", arguments: ["", "SIG", "sigterm", "0", "65", "-1", "SIG15", "TERM ", "1e1"])
    func malformed(name: String) { #expect(Signal(name: name) == nil) }

    @Test("A signal without a name has its number")
    func unnamed() { #expect(Signal(name: "40")?.description == "signal 40") }
}
