import Dispatch
import Linux
import Synchronization
import TestSupport
import Testing

@Suite("Calls that may wait for somebody else")
struct BoundedCallsTests {
    @Test("What comes back in time is the answer")
    func answers() {
        let calls = BoundedCalls()
        for number in 1...100 { #expect(calls.call(within: .seconds(20)) { number } == number) }
        #expect(!calls.isHeldUp)
    }

    private final class Late: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    @Test("One that does not is given up, none is made beside it, and its answer goes elsewhere")
    func givesUp() throws {
        let calls = BoundedCalls()
        let gate = DispatchSemaphore(value: 0)
        let late = Late()
        let answer = calls.call(within: .milliseconds(1)) { () -> Int in
            gate.wait()
            return 1
        } late: { number in
            late.numbers.withLock { $0.append(number) }
        }
        #expect(answer == nil)
        #expect(calls.isHeldUp && BoundedCalls.isBusy)
        #expect(calls.call { 2 } == nil)
        #expect(BoundedCalls().call(within: .seconds(20)) { 3 } == 3, "another one's are made")
        gate.signal()
        try wait(for: "the call to come back") { !calls.isHeldUp }
        #expect(late.numbers.withLock { $0 } == [1])
        #expect(calls.call(within: .seconds(20)) { 4 } == 4)
    }
}
