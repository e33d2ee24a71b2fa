import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Numbers of things")
struct CountTextTests {
    @Test("One is one thing", arguments: [(0, "0 workers"), (1, "1 worker"), (3, "3 workers")])
    func plural(count: Int, text: String) {
        #expect(CountText.of(count, "worker") == text)
    }
}
