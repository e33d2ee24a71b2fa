import TestSupport
import Testing

@Suite("Lanes among hostile workers")
struct CoreLaneHostilityTests {
    @Test("Whatever others do with their lanes, users enter that of who serves", arguments: 0..<UInt64(60))
    func indices(seed: UInt64) {
        #expect(SimulationLanes.violation(seed: seed) == nil)
    }
}
