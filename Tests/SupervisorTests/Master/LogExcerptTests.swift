import Testing

@testable import Supervisor

@Suite("What is shown of a failed generation's log")
struct LogExcerptTests {
    private func excerpt(_ lines: [String], isMet: Bool = false, count: Int = 20) -> [String] {
        LogExcerpt(lines.map { $0[...] }, healthPath: "/healthz", isMet: isMet).last(count)
    }

    @Test("An error that each probe writes again is shown once, whole, and the access lines of probes are not")
    func repeated() {
        let error = [
            "[2026-11-29 10:00:01] Internal Server Error: /healthz", "Traceback (most recent call last):",
            "  File \"urls.py\", line 3, in <module>", "    ^^^^", "    raise", "    ^^^^", "NameError: viwes",
        ]
        let access = "127.0.0.1 - - [29/Nov/2026] \"GET /healthz HTTP/1.1\" 500 145"
        let later = error.map { $0.replacing("10:00:01", with: "10:00:02") }
        let lines = ["booting", "listening"] + error + [access] + later + [access] + later + [access, "half a life"]
        #expect(excerpt(lines) == ["booting", "listening"] + error + ["(14 lines more of the same)", "half a life"])
        #expect(excerpt(lines, count: 2) == ["(14 lines more of the same)", "half a life"])
    }

    @Test(
        "The lines of an access log about probes are known in the forms of many servers",
        arguments: [
            "INFO:     127.0.0.1:0 - \"GET /healthz HTTP/1.1\" 500 Internal Server Error",
            "Started GET \"/healthz\" for 127.0.0.1 at 2026-11-29", "GET /healthz 500 3 ms", "GET /healthz",
            "::1 - - \"GET / HTTP/1.1\" 200 5 \"-\" \"deployd-probe\"",
        ])
    func access(line: String) {
        #expect(excerpt([line, "why"]) == ["why"])
    }

    @Test("A line without an end is cut, and says how long it is")
    func long() {
        let line = String(repeating: "\u{1b}", count: 65000)
        #expect(excerpt([line, "why"]) == [String(line.prefix(2000)) + "… (65000 bytes)", "why"])
    }

    @Test("What users asked for is shown, and so is a line that only begins alike")
    func users() {
        let line = "\"GET /healthz HTTP/1.1\" 500"
        #expect(excerpt([line], isMet: true) == [line])
        #expect(excerpt(["GET /healthzzz 500", "POST /healthz 500"]) == ["GET /healthzzz 500", "POST /healthz 500"])
    }
}
