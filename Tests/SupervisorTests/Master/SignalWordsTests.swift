import Testing

@testable import Linux
@testable import Supervisor

@Suite("Signals in the master's journal")
struct SignalWordsTests {
    @Test("That of the terminal is called by its key, and one without a sender has no process 0")
    func words() {
        func words(_ signal: Signal, _ pid: Int32) -> String {
            SignalDescriptor.Received(signal: signal, pid: pid, uid: 0).inWords
        }
        #expect(words(.int, 0) == "Ctrl-C")
        #expect(words(.int, 7) == "SIGINT from process 7")
        #expect(words(.term, 7) == "SIGTERM from process 7")
        #expect(words(.term, 0) == "SIGTERM")
    }
}
