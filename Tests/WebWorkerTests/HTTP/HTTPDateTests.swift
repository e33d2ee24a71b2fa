import Testing

@testable import WebWorker

@Suite struct HTTPDateTests {
    private func text(_ seconds: Int) -> String {
        var bytes: [UInt8] = []
        HTTPDate.append(seconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func parse(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        return HTTPDate.parse(0..<bytes.count, bytes.span)
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func aMomentIsWrittenAndReadBack(_ seconds: Int, _ date: String) {
        #expect(text(seconds) == date)
        #expect(parse(date) == seconds)
    }

    @Test func everyDayOfFourHundredYearsComesBack() {
        for day in 0..<146_097 { #expect(parse(text(day * 86_400 + 3661)) == day * 86_400 + 3661) }
    }

    @Test(arguments: [
        "", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
    ])
    func otherFormsAreNoDates(_ date: String) { #expect(parse(date) == nil) }
}
