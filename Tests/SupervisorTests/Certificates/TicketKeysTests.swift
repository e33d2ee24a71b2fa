import Handoff
import Linux
import Testing

@testable import Supervisor

@Suite("Keys of session tickets")
struct TicketKeysTests {
    private let start = Duration.seconds(1_800_000_000)

    @Test("The first one is made at once, and lasts twelve hours")
    func first() {
        let keys = TicketKeys(goingOnWith: [], at: start)
        #expect(keys.keys.count == 1)
        #expect(keys.nextRotation(at: start) == .seconds(43_200))
        #expect(keys.nextRotation(at: start + .seconds(3600)) == .seconds(39_600))
        #expect(keys.nextRotation(at: start + .seconds(50_000)) == .zero)
    }

    @Test("Three are kept, the newest in front; none goes before its time")
    func rotation() {
        var keys = TicketKeys(goingOnWith: [], at: start)
        var all = keys.keys
        for turn in 1...5 {
            let time = start + .seconds(43_200) * turn
            keys.rotate(at: time - .seconds(1))
            #expect(keys.keys.first == all.last)
            keys.rotate(at: time)
            all.append(keys.keys[0])
            #expect(keys.keys == Array(all.suffix(3).reversed()))
        }
        #expect(Set(all.map(\.bytes)).count == 6)
    }

    @Test("Another master goes on with them; after a long pause it makes one more")
    func resumption() {
        let keys = TicketKeys(goingOnWith: [], at: start).keys
        #expect(TicketKeys(goingOnWith: keys, at: start + .seconds(100)).keys == keys)
        let later = TicketKeys(goingOnWith: keys, at: start + .seconds(90_000)).keys
        #expect(later.count == 2 && later[1] == keys[0])
    }

    @Test("A key that seems to be of the future is not used for longer")
    func clock() {
        let keys = TicketKeys(goingOnWith: [], at: start + .seconds(1_000_000)).keys
        #expect(TicketKeys(goingOnWith: keys, at: start).keys.count == 2)
    }
}
