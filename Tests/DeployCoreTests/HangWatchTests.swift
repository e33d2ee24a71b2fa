import Testing

@testable import DeployCore

@Suite("The look at the generation that serves")
struct HangWatchTests {
    private let generation = GenerationNumber(rawValue: 1)

    private func at(_ milliseconds: Int) -> Instant { Instant(sinceBoot: .milliseconds(milliseconds)) }

    private func counts(_ queue: Int, accepted: Int? = nil) -> GenerationCounts {
        GenerationCounts(traffic: accepted.map { TrafficCounts(accepted: $0) }, queue: queue)
    }

    @Test("An empty queue is nothing, and wants no look")
    func empty() {
        var watch = HangWatch()
        watch.look(generation, counts(0), at: at(0))
        #expect(!watch.isOpen && watch.hang == nil && watch.nextDeadline == nil)
        #expect(!watch.isDue(at: at(999)) && watch.isDue(at: at(1000)))
    }

    @Test("A queue from which nothing is taken for a second is a hang, until something is")
    func hang() {
        var watch = HangWatch()
        for moment in stride(from: 0, to: 1000, by: 100) {
            watch.look(generation, counts(3, accepted: 7), at: at(moment))
            let next = moment < 200 ? 5 : 100
            #expect(watch.isOpen && watch.hang == nil && watch.nextDeadline == at(moment + next))
        }
        watch.look(generation, counts(4, accepted: 7), at: at(1000))
        #expect(watch.hang == .init(generation: generation, waiting: 4, lasting: .seconds(1), isCounted: true))
        #expect(!watch.isOpen && watch.nextDeadline == at(2000))
        watch.look(generation, counts(4, accepted: 8), at: at(2000))
        #expect(!watch.isOpen && watch.hang == nil && watch.nextDeadline == at(3000))
        watch.look(generation, counts(0, accepted: 12), at: at(3000))
        #expect(watch.nextDeadline == nil)
    }

    @Test("Where nobody counts, a queue that becomes shorter is taken from; two looks far apart decide nothing")
    func uncounted() {
        var watch = HangWatch()
        watch.look(generation, counts(5), at: at(0))
        #expect(watch.isOpen)
        watch.look(generation, counts(4), at: at(100))
        #expect(!watch.isOpen && watch.hang == nil)
        watch.look(generation, counts(6), at: at(5000))
        #expect(watch.isOpen && watch.hang == nil)
        for moment in stride(from: 5100, through: 6000, by: 100) { watch.look(generation, counts(6), at: at(moment)) }
        #expect(watch.hang?.isCounted == false)
    }

    @Test("Another generation begins anew")
    func another() {
        var watch = HangWatch()
        for moment in stride(from: 0, through: 1000, by: 100) { watch.look(generation, counts(1), at: at(moment)) }
        #expect(watch.hang != nil)
        watch.look(GenerationNumber(rawValue: 2), counts(1), at: at(1100))
        #expect(watch.hang == nil && watch.isOpen)
        watch.forget(at: at(1200))
        #expect(watch.hang == nil && !watch.isOpen && watch.nextDeadline == nil)
    }
}
