import Handoff
import Testing

@testable import WebWorker

/// Room for connections that other workers hand over.
@Suite struct AdoptionRoomTests {
    @Test func halfOfTheDescriptorsStayForOwnUsers() {
        var room = AdoptionRoom(maxDescriptors: 1024 + AdoptionRoom.reservedDescriptors)
        var messages = 0
        while room.fitsMessage(connections: room.held), messages < 1000 {
            for _ in 0..<HandoverMessage.maxConnections { room.take() }
            messages += 1
        }
        #expect(room.held == 512)
        room.leave()
        #expect(!room.fitsMessage(connections: room.held))
        for _ in 1..<HandoverMessage.maxConnections { room.leave() }
        #expect(room.fitsMessage(connections: room.held))
    }

    @Test func aWorkerThatIsFullTakesNone() {
        let room = AdoptionRoom(maxDescriptors: 1024)
        let last = 1024 - AdoptionRoom.reservedDescriptors
        #expect(room.fitsMessage(connections: last - 1))
        #expect(!room.fitsMessage(connections: last))
    }

    @Test(arguments: [0, 64, 200, 256]) func withFewDescriptorsThereIsRoomForOneMessage(maxDescriptors: Int) {
        #expect(AdoptionRoom(maxDescriptors: maxDescriptors).limit == HandoverMessage.maxConnections)
    }
}
