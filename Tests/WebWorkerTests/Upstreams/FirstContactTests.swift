import Linux
import Testing

@testable import WebWorker

@Suite("What is said of a server behind that boots")
struct FirstContactTests {
    private let refused = SystemError(call: "connect", errno: .connectionRefused, subject: "127.0.0.1:1")

    @Test("Nothing for a while, then once, until it was reached")
    func boots() {
        var contact = FirstContact()
        #expect(!contact.tells(refused, at: 1000) && contact.unsaid == refused)
        #expect(!contact.tells(SystemError(call: "connect", errno: .notFound), at: 5999))
        #expect(contact.tells(refused, at: 6000))
        #expect(!contact.tells(refused, at: 7000) && !contact.tells(refused, at: 100_000))
        contact.reached()
        #expect(contact.unsaid == nil)
        #expect(contact.tells(refused, at: 100_001) && contact.tells(refused, at: 100_002))
    }

    @Test("What no boot explains is said at once")
    func others() {
        var contact = FirstContact()
        #expect(contact.tells(SystemError(call: "connect", errno: .permissionDenied), at: 0))
        #expect(contact.tells(SystemError(call: "socket", errno: .tooManyOpenFiles), at: 0))
        #expect(contact.unsaid == nil)
    }
}
