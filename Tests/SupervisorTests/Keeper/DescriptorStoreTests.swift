import Handoff
import Linux
import TestSupport
import Testing

@testable import Supervisor

/// What listens in systemd's place.
private final class Manager {
    private let directory: TemporaryDirectory
    private let socket: Socket
    let surroundings: Surroundings

    init() throws {
        directory = try TemporaryDirectory()
        socket = try Socket.datagram(.unix)
        try socket.bind(.unix(path: directory.path("notify")))
        surroundings = Surroundings(
            workingDirectory: "/", environment: ["NOTIFY_SOCKET": directory.path("notify")])
    }

    /// What was said next, with the cookie of the socket that came beside it; nil when nothing was.
    func next() throws -> (fields: Fields, cookie: UInt64?)? {
        guard let message = try socket.receiveMessage(maxDescriptors: 1) else { return nil }
        guard let number = message.descriptors.first else { return (Fields(parsing: message.bytes), nil) }
        return (Fields(parsing: message.bytes), try Socket(adopting: FileDescriptor(owning: number)).cookie())
    }
}

@Suite struct DescriptorStoreTests {
    @Test func `a lane goes to the store with its name, and is taken back from it once`() throws {
        let manager = try Manager()
        let keeper = LaneKeeper(at: nil, store: DescriptorStore(manager.surroundings, holding: []))
        let lane = try Socket.stream(.v4)
        let cookie = try lane.cookie()
        keeper.keep(lane.number, "web/1")
        let stored = try manager.next()
        #expect(stored?.fields == Fields([("FDSTORE", "1"), ("FDNAME", "web/1"), ("FDPOLL", "0")]))
        #expect(stored?.cookie == cookie)
        keeper.forget("web/1")
        keeper.forget("web/1")
        #expect(try manager.next()?.fields == Fields([("FDSTOREREMOVE", "1"), ("FDNAME", "web/1")]))
        #expect(try manager.next() == nil)
    }

    @Test func `what no listener goes on with is taken out of the store`() throws {
        let manager = try Manager()
        let store = DescriptorStore(manager.surroundings, holding: ["web/1", "old/7"])
        let keeper = LaneKeeper(at: nil, store: store)
        let lane = try Socket.stream(.v4)
        keeper.isKept(lane.number, "web/1")
        keeper.dropOthers()
        #expect(try manager.next()?.fields["FDSTORE"] == "1")
        #expect(try manager.next()?.fields == Fields([("FDSTOREREMOVE", "1"), ("FDNAME", "old/7")]))
        #expect(try manager.next() == nil)
        #expect(store?.names == ["web/1"])
    }

    @Test func `a new lane takes the place of one of its name that an earlier master left`() throws {
        let manager = try Manager()
        let keeper = LaneKeeper(at: nil, store: DescriptorStore(manager.surroundings, holding: ["web/1"]))
        let lane = try Socket.stream(.v4)
        keeper.keep(lane.number, "web/1")
        #expect(try manager.next()?.fields["FDSTOREREMOVE"] == "1")
        #expect(try manager.next()?.fields["FDSTORE"] == "1")
    }

    @Test func `without a manager there is no store`() {
        #expect(DescriptorStore(Surroundings(workingDirectory: "/"), holding: []) == nil)
    }
}
