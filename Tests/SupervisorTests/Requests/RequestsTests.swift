import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("The commands that wait for an answer")
struct RequestsTests {
    private let directory: TemporaryDirectory
    private let requests: Requests

    init() throws {
        directory = try TemporaryDirectory()
        let loop = try EventLoop()
        let server = try ControlServer(
            at: directory.path("control.sock"), access: ControlAccess(owner: ThisProcess.uid, group: nil),
            baseToken: Token(.control).number, on: loop.epoll)
        requests = Requests(Clients(server, loop))
    }

    private func at(_ milliseconds: Int) -> Instant { Instant(sinceBoot: .milliseconds(milliseconds)) }

    private func command(_ client: UInt64?, _ verb: ControlVerb, deadline: Instant? = nil) -> Requests.Pending {
        Requests.Pending(
            client: client.map { ControlClientID(serial: $0) }, who: .master, verb: verb, askedAt: at(0), release: nil,
            deadline: deadline)
    }

    @Test("A deploy whose cut-over does not come in time is cancelled once")
    func deadlines() {
        let late = requests.add(command(1, .deploy, deadline: at(100)))
        _ = requests.add(command(2, .scale))
        #expect(requests.nextDeadline == at(100))
        #expect(requests.expire(at: at(99)) == [])
        #expect(requests.expire(at: at(100)) == [.cancel(nil, deploy: late)])
        #expect(requests[late]?.isOverdue == true)
        #expect(requests.expire(at: at(200)) == [] && requests.nextDeadline == nil)
    }

    @Test("A command goes on without its client, and waits until it is answered")
    func forgotten() {
        let stop = requests.add(command(1, .stop))
        let other = requests.add(command(2, .stop))
        requests[other]?.generation = GenerationNumber(rawValue: 3)
        #expect(requests.client(deploying: 3) == ControlClientID(serial: 2))
        requests.forget(ControlClientID(serial: 1))
        #expect(requests.clients(of: .stop) == [ControlClientID(serial: 2)])
        #expect(requests[stop]?.verb == .stop && requests[stop]?.client == nil)
        requests.remove(stop)
        requests.remove(other)
        #expect(requests.isEmpty)
    }
}
