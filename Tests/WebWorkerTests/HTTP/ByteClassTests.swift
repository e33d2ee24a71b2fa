import Testing

@testable import WebWorker

@Suite struct ByteClassTests {
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    private func expect(_ set: ByteClass, is text: String) {
        let members = Set(text.utf8)
        for byte in UInt8.min...UInt8.max { #expect(set.contains(byte) == members.contains(byte), "byte \(byte)") }
    }

    @Test func tokensAreOfTheBytesThatTheRFCLists() { expect(.token, is: Self.letters + "!#$%&'*+-.^_`|~") }

    @Test func targetsAreOfVisibleBytesButFive() {
        expect(.target, is: String(decoding: (0x21...0x7e).filter { !"\"#<>\\".utf8.contains($0) }, as: UTF8.self))
    }

    @Test func namesOfHostsAreOfUnreservedBytesAndSubDelimitersButTheComma() {
        expect(.host, is: Self.letters + "-._~" + "!$&'()*+;=")
    }
}
