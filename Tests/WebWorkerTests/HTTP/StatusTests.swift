import Testing

@testable import WebWorker

@Suite struct StatusTests {
    @Test(arguments: [100, 200, 404, 418, 599] as [UInt16])
    func aCodeOfThreeDigitsUpTo599IsAStatus(_ code: UInt16) { #expect(Status(rawValue: code)?.rawValue == code) }

    @Test(arguments: [0, 99, 600, 999, 1000, .max] as [UInt16])
    func anyOtherNumberIsNone(_ code: UInt16) { #expect(Status(rawValue: code) == nil) }

    @Test func itSaysItsWords() throws {
        #expect("\(Status.notFound)" == "404 Not Found")
        #expect("\(try #require(Status(rawValue: 418)))" == "418")
    }
}
