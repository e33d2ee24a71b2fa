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
        #expect(excerpt(lines, count: 3) == ["(13 lines more of the same)", "NameError: viwes", "half a life"])
        #expect(excerpt(lines, count: 2) == ["NameError: viwes", "half a life"])
    }

    /// As uvicorn writes it: the same error in two parts, of which the second ends like the first.
    private static func starlette(_ second: Int) -> [String] {
        let packages = "/srv/shop/releases/v2/.venv/lib/python3.12/site-packages"
        func frame(_ file: String, _ line: Int, _ function: String, _ text: String) -> [String] {
            ["  File \"\(packages)/\(file)\", line \(line), in \(function)", "    \(text)"]
        }
        var route = frame("starlette/routing.py", 75, "app", "response = await f(request)")
        route += frame("fastapi/routing.py", 301, "app", "raw_response = await run_endpoint_function(")
        route += [
            "                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "  File \"/srv/shop/releases/v2/shop.py\", line 9, in health",
            "    raise RuntimeError(\"boom\")", "RuntimeError: boom",
        ]
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"]
        let layers = names.flatMap { frame("starlette/\($0).py", 7, "call_\($0)", "await self.\($0)(scope)") }
        var lines = ["2026-11-29 10:00:\(second) ERROR:    Exception in ASGI application"]
        lines += ["Traceback (most recent call last):"] + route
        lines += ["", "During handling of the above exception, another exception occurred:", ""]
        lines += ["Traceback (most recent call last):"] + layers + route
        return lines
    }

    @Test("The exception of a traceback is shown though its line has been seen further back")
    func exception() {
        let lines = ["booting"] + (10...14).flatMap(Self.starlette)
        let shown = excerpt(lines)
        #expect(shown.count == 20)
        #expect(shown.filter { $0 == "RuntimeError: boom" }.count == 1, "\(shown)")
        #expect(shown.last == "RuntimeError: boom")
        #expect(shown.contains("  File \"/srv/shop/releases/v2/shop.py\", line 9, in health"), "where it was: \(shown)")
        #expect(shown.contains { $0.hasSuffix("lines more of the same)") })
        // Each of two errors, and the last of those that differ in numbers alone.
        let other = ["Traceback (most recent call last):", "  File \"a.py\", line 3, in a", "    b()", "ValueError: 3"]
        let between = (1...30).map { String(repeating: "x", count: $0) }
        let again = Array(other.dropLast()) + ["ValueError: 4"]
        let both = excerpt(lines + other + between + again + Self.starlette(15))
        #expect(both.filter { $0.contains("Error: ") } == ["ValueError: 4", "RuntimeError: boom"], "\(both)")
    }

    @Test("Lines that differ in a name with digits are not the same; in numbers, times and ids alone they are")
    func alike() {
        func lines(_ file: String, _ id: String) -> [String] {
            ["start \(id)", "  File \"/srv/\(file)\", line 8, in load", "    import x", "failed after 12ms"]
        }
        let first = lines("v1/wsgi1.py", "0x7f3a90") + ["", "between"]
        let other = lines("v1/wsgi2.py", "0x7fa311")
        #expect(excerpt(first + other).contains(other[1]))
        #expect(excerpt(first + lines("v1/wsgi1.py", "0x1")).last == "(4 lines more of the same)")
        #expect(excerpt(["x"] + (10...14).map { "2026-11-29T10:00:\($0)Z req-8f\($0)e9 gone" }).count == 3)
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
