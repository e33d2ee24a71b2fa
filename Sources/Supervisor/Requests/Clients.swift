internal import DeployCore
internal import Linux

/// The control socket, and who is connected to it.
///
/// A part of the master: what comes of its events are inputs for the `RequestDesk`.
final class Clients {
    private let loop: EventLoop
    var server: ControlServer

    init(_ server: consuming ControlServer, _ loop: EventLoop) {
        self.server = server
        self.loop = loop
    }

    var nextDeadline: Instant? { server.nextDeadline.map { Instant(sinceBoot: $0) } }

    func ready(_ ready: Epoll.Ready) -> [ControlInput] {
        server.handleReady(ready, on: loop.epoll, at: MonotonicClock.now())
    }

    func expire(at now: Instant) -> [ControlInput] {
        guard let deadline = nextDeadline, deadline <= now else { return [] }
        return server.expire(on: loop.epoll, at: now.sinceBoot)
    }

    /// Sends an event; where there is no client, or it has left, nobody gets it.
    func send(_ event: ControlEvent, to client: ControlClientID?) {
        guard let client else { return }
        server.send(event, to: client, on: loop.epoll, at: MonotonicClock.now())
    }
}
