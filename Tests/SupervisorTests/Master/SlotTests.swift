import FoundationEssentials
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("A worker's place")
struct SlotTests {
    @Test("It is written as a number for a web worker, as it was before there were others, else with its kind")
    func codes() throws {
        for (slot, text) in [(Slot(2), "2"), (Slot(3, of: "app"), "\"app.3\""), (Slot(1, of: "a-b"), "\"a-b.1\"")] {
            let data = try JSONEncoder().encode(slot)
            #expect(String(decoding: data, as: UTF8.self) == text)
            #expect(try JSONDecoder().decode(Slot.self, from: data) == slot)
        }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Slot.self, from: Data("\"app\"".utf8)) }
    }

    @Test("Web workers come first")
    func orders() {
        let slots = [Slot(1, of: "jobs"), Slot(2), Slot(10, of: "app"), Slot(2, of: "app"), Slot(1)]
        #expect(slots.sorted().map(\.description) == ["1", "2", "app.2", "app.10", "jobs.1"])
    }

    @Test("A plan of before there were kinds has none")
    func readsOldPlans() throws {
        let plan = ReleasePlan(path: "/srv/v1", label: "v1", workers: 2)
        let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
        let old = text.replacing(",\"kinds\":[]", with: "").replacing("\"kinds\":[],", with: "")
        #expect(!old.contains("kinds"))
        #expect(try JSONDecoder().decode(ReleasePlan.self, from: Data(old.utf8)).processes == [])
    }
}
