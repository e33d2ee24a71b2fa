import Testing

@testable import WebWorker

@Suite struct ResponseHeadersTests {
    private func written(_ headers: ResponseHeaders) -> String? {
        var bytes: [UInt8] = []
        return headers.write(to: &bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    @Test func aFieldIsFoundAndReplacedWithoutRegardToCase() {
        var headers = ResponseHeaders()
        headers["X-One"] = "1"
        headers["x-one"] = "2"
        headers.add("Set-Cookie", "a=b")
        headers.add("Set-Cookie", "c=d")
        #expect(headers["X-ONE"] == "2" && headers.all("set-cookie") == ["a=b", "c=d"])
        #expect(headers.map(\.name) == ["x-one", "Set-Cookie", "Set-Cookie"] && headers.count == 3)
        #expect(written(headers) == "x-one: 2\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n")
    }

    @Test func whatTheServerSetsItselfIsLeftOut() {
        var headers = ResponseHeaders()
        for name in ["Date", "connection", "Content-Length", "TRANSFER-ENCODING"] { headers.add(name, "x") }
        #expect(written(headers) == "")
    }

    @Test(arguments: [
        ("A", "b\r\nSet-Cookie: c=d"), ("A", "b\nc"), ("A b", "c"), ("", "c"), ("A:", "c"), ("A", "\u{0}"),
    ])
    func anAnswerCannotBeSplitByAValue(_ name: String, _ value: String) {
        var headers = ResponseHeaders()
        headers.add(name, value)
        #expect(written(headers) == nil)
    }
}
