import Linux
import Testing

@testable import WebWorker

@Suite("What is said of a server behind that boots")
struct FirstContactTests {
    private let refused = SystemError(call: "connect", errno: .connectionRefused, subject: "127.0.0.1:1")

    @Test("Nothing for a while, then once, until it was reached")
    func boots() {
        var contact = FirstContact()
        var told = [contact.tells(refused, at: 1000)]
        #expect(contact.unsaid == refused)
        told.append(contact.tells(SystemError(call: "connect", errno: .notFound), at: 5999))
        for moment in [6000, 7000, 100_000] as [Int64] { told.append(contact.tells(refused, at: moment)) }
        #expect(told == [false, false, true, false, false])
        contact.reached()
        #expect(contact.unsaid == nil)
        told = [contact.tells(refused, at: 100_001), contact.tells(refused, at: 100_002)]
        #expect(told == [true, true])
    }

    @Test("What no boot explains is said at once")
    func others() {
        var contact = FirstContact()
        for errno in [Errno.permissionDenied, .tooManyOpenFiles] {
            let isTold = contact.tells(SystemError(call: "connect", errno: errno), at: 0)
            #expect(isTold)
        }
        #expect(contact.unsaid == nil)
    }
}
