import Testing

@testable import Linux

@Suite("A timer on the clock of the wall")
struct WallTimerTests {
    @Test("It is readable once its moment has come, and not without one")
    func comes() throws {
        let timer = try WallTimer()
        #expect(try !Poll.readable(timer.number, timeout: .zero))
        let now = Int(WallClock.now().components.seconds)
        try timer.set(now - 5)
        #expect(try Poll.readable(timer.number, timeout: .seconds(5)))
        timer.clear()
        #expect(try !Poll.readable(timer.number, timeout: .zero))
        try timer.set(now + 3600)
        #expect(try !Poll.readable(timer.number, timeout: .zero))
        try timer.set(now - 5)
        try timer.set(nil)
        #expect(try !Poll.readable(timer.number, timeout: .zero))
    }
}
