import Linux
import Supervisor
import TestSupport
import Testing

@testable import deployd

@Suite("Words that are not ours, where a person reads them")
struct ForeignTextTests {
    /// What clears a screen, and begins a line that nobody wrote.
    private static let hostile = "a\u{1B}[2J\ndeployd: forged\u{2028}\u{202E}b"

    @Test("The history shows each record as one line, whatever is in it")
    func history() {
        let hostile = Self.hostile
        let record = HistoryRecord(
            id: 1, time: "2026-01-02T03:04:05\(hostile)", who: .init(user: hostile, uid: 1000, pid: 9), verb: hostile,
            from: "/srv/\(hostile)", to: "/srv/\(hostile)", generation: 2, outcome: HistoryOutcome(rawValue: hostile),
            reason: hostile)
        let lines = HistoryText([record], label: { $0 }, paint: .off).text.split(separator: "\n")
        #expect(lines.count == 2, "\(lines)")
        for line in lines { #expect(ForeignText.isHarmless(String(line)), "\(line)") }
        // Who, verb, from, to, outcome and reason: each is there.
        #expect(lines.last?.ranges(of: "a?[2J?deployd: forged??b").count == 6, "\(lines)")
    }

    @Test("What is said on standard error is harmless, and no line of it but the first passes for ours")
    func standardError() throws {
        let finished = try Child.run([try Products.path("deployd"), Self.hostile])
        #expect(
            finished.errors == """
                deployd: unknown verb "a?[2J
                  deployd: forged??b" (see `deployd help`)

                """)
    }

    @Test("In the journal each line has its urgency, and none stands at the margin but the first")
    func journal() throws {
        let script = "JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2) exec \"$@\""
        let finished = try Child.run(["sh", "-c", script, "sh", try Products.path("deployd"), "<0>x\n<0>forged"])
        #expect(
            finished.errors == """
                <3>deployd: unknown verb "<0>x
                <3>  <0>forged" (see `deployd help`)

                """)
    }
}
