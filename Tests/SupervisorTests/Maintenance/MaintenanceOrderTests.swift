import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("What maintenance is asked for, and written down")
struct MaintenanceOrderTests {
    private static func request(_ fill: (inout ControlRequest) -> Void) throws -> ControlCommand {
        var request = ControlRequest(.maintenance)
        fill(&request)
        return try request.command()
    }

    @Test("on has terms, off has none, and one of them must be said")
    func command() throws {
        #expect(try Self.request { $0.on = true } == .maintenance(MaintenanceTerms()))
        #expect(try Self.request { $0.on = false } == .maintenance(nil))
        #expect(throws: ControlRefusal.self) { try Self.request { $0.page = "x" } }
        let terms = MaintenanceTerms(page: "<p>", allowed: [try #require(IPNetwork("10.0.0.0/8"))], retryAfter: 5)
        let command = try Self.request {
            ($0.on, $0.page, $0.allow, $0.retryAfterSeconds) = (true, "<p>", ["10.9.9.9/8"], 5)
        }
        #expect(command == .maintenance(terms))
    }

    @Test("What is too much, or no address, is refused")
    func bounds() {
        let most = MaintenanceTerms.maxPageBytes
        #expect(throws: Never.self) {
            try Self.request { ($0.on, $0.page) = (true, String(repeating: "x", count: most)) }
        }
        #expect(throws: ControlRefusal.self) {
            try Self.request { ($0.on, $0.page) = (true, String(repeating: "x", count: most + 1)) }
        }
        #expect(throws: ControlRefusal.self) { try Self.request { ($0.on, $0.allow) = (true, ["localhost"]) } }
        let many = Array(repeating: "::1", count: MaintenanceTerms.maxAllowed + 1)
        #expect(throws: ControlRefusal.self) { try Self.request { ($0.on, $0.allow) = (true, many) } }
        for seconds in [0, -1, MaintenanceTerms.maxRetryAfter + 1, .max] {
            #expect(throws: ControlRefusal.self) {
                try Self.request { ($0.on, $0.retryAfterSeconds) = (true, seconds) }
            }
        }
    }

    @Test("It is there for the next master until it is removed, and one that cannot be read keeps users out")
    func file() throws {
        let place = try TemporaryDirectory()
        let directory = StateDirectory(root: place.path, runtime: place.path)
        #expect(directory.readMaintenance() == nil)
        let terms = MaintenanceTerms(page: "<p>\u{e9}</p>", allowed: [try #require(IPNetwork("::1"))], retryAfter: 7)
        let order = MaintenanceOrder(terms, by: HistoryRecord.Who(user: "anna", uid: 7, pid: 8))
        try directory.write(order)
        #expect(directory.readMaintenance() == order)
        #expect(order.html == "<p>\u{e9}</p>" && order.closure.allowed == terms.allowed)
        #expect(try Files.status(place.path("maintenance.json")).mode & 0o777 == 0o600)
        try place.write("maintenance.json", "{")
        let unread = try #require(directory.readMaintenance())
        #expect(unread.page == nil && unread.allowed.isEmpty && unread.retryAfter == Defaults.retryAfter)
        try directory.removeMaintenance()
        #expect(directory.readMaintenance() == nil)
    }

    @Test("The page of deployd itself asks for nothing else")
    func page() {
        let page = MaintenanceOrder(MaintenanceTerms(), by: HistoryRecord.Who(user: "a", uid: 1, pid: 1)).html
        #expect(page.hasPrefix("<!doctype html>") && page.contains("maintenance"))
        for word in ["http", "src=", "href=", "url(", "@import"] { #expect(!page.contains(word), "\(word)") }
    }

    @Test("A state of before maintenance is one without it, and who spares connections goes there and back")
    func state() throws {
        let place = try TemporaryDirectory()
        let file = StateFile(path: place.path("state.json"))
        var state = SavedState(machine: Machine(policies: Policies(), numbering: Numbering()).durable)
        try file.write(state, synchronously: false)
        #expect(try file.read()?.maintenance == nil)
        state.sparers = [WorkerNumber(rawValue: 4)]
        try file.write(state, synchronously: false)
        #expect(try file.read() == state)
    }
}
