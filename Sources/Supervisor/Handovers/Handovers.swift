internal import DeployCore
internal import Handoff
internal import Linux

/// The master's part in passing idle connections on: it makes the sockets and the ways to them, and sees to it that no
/// connection stays in a queue that nobody reads.
///
/// A part of the master: it owns the sockets, and what is on its way from one to the next.
final class Handovers {
    private let sockets: HandoverSockets
    private let loop: EventLoop
    private let log: MasterLog
    private let releases: GenerationReleases
    /// The workers that take connections from their generation's socket, and in which version of messages.
    private var receivers: [GenerationNumber: [WorkerNumber: Int]] = [:]
    /// Connections that outlived the generation they were handed to, on their way to the next.
    private var forwards: [UInt64: HandoverForward] = [:]

    init(_ sockets: HandoverSockets, _ loop: EventLoop, _ log: MasterLog, _ releases: GenerationReleases) {
        self.sockets = sockets
        self.loop = loop
        self.log = log
        self.releases = releases
    }

    /// Whether nothing is on its way.
    var isQuiet: Bool { forwards.isEmpty }

    /// Opens the socket on which a generation takes connections. Without one its predecessor answers the next request
    /// of each connection and closes.
    func open(for generation: GenerationNumber) {
        do { try sockets.open(for: generation) } catch {
            log("\(releases.name(generation)): no connections can be handed to it: \(error)")
        }
    }

    /// A generation's socket, lent; nil without one.
    func number(of generation: GenerationNumber) -> CInt? { sockets.number(of: generation) }

    /// Whether connections that were handed to a generation wait for its workers.
    func hasWaiting(_ generation: GenerationNumber) -> Bool { sockets.hasWaiting(generation) }

    /// Up to which version of messages a worker takes connections from its generation's socket, from now on; 0: it takes none.
    func setReceiving(_ worker: WorkerNumber, of generation: GenerationNumber, version: Int) {
        receivers[generation, default: [:]][worker] = version > 0 ? version : nil
    }

    /// Whether a generation takes connections.
    func takes(_ generation: GenerationNumber) -> Bool {
        receivers[generation]?.isEmpty == false && !sockets.isRetired(generation)
    }

    /// The way to the generation that serves; nil when that takes no connections.
    func line(to generation: GenerationNumber?) -> HandoverLine? {
        guard let generation, let version = receivers[generation]?.values.min() else { return nil }
        return sockets.line(to: generation, version: version)
    }

    /// Gives a straggler to the generation that serves; false when that does not take it, now or ever.
    func give(
        _ straggler: borrowing Socket, _ transport: HandoverMessage.Transport, to generation: GenerationNumber?
    ) -> Bool {
        guard let line = line(to: generation) else { return false }
        return line.give(straggler, transport)
    }

    /// Lets nothing more come to a generation that is about to drain.
    func retire(_ generation: GenerationNumber) { _ = sockets.retire(generation) }

    /// Passes on what a generation, whose workers have all ended, has left in its queue.
    func release(_ generation: GenerationNumber, serving: GenerationNumber?) {
        receivers[generation] = nil
        guard let left = sockets.release(generation), !left.messages.isEmpty else { return }
        forward(left, of: generation, to: serving)
    }

    /// Passes on what waits in the queue of a generation that has lost its users: its workers may hang. They may take what
    /// they can meanwhile; each message goes to one of them or to the master.
    func passOn(_ generation: GenerationNumber, serving: GenerationNumber?) {
        guard let serving, serving != generation, takes(serving),
            !forwards.values.contains(where: { $0.source == generation }),
            let left = sockets.takeOut(generation), !left.messages.isEmpty
        else { return }
        forward(left, of: generation, to: serving)
    }

    private func forward(
        _ left: HandoverSockets.Leavings, of generation: GenerationNumber, to serving: GenerationNumber?
    ) {
        let what = CountText.of(left.messages.reduce(0) { $0 + $1.descriptors.count }, "connection")
        guard serving != generation, let line = line(to: serving) else {
            for message in left.messages { left.closing.close(message.descriptors) }
            return log("\(releases.name(generation)): \(what) not taken, and nobody else takes any: closed")
        }
        let serial = loop.nextSerial()
        let forward = HandoverForward(left, of: generation, over: line)
        forwards[serial] = forward
        do { try loop.add(forward.number, .writable, Token(.forward, serial)) } catch {
            forwards[serial] = nil
            log("\(releases.name(generation)): \(what) could not be handed on: \(error)")
        }
    }

    /// Goes on with passing on.
    func ready(_ serial: UInt64) {
        guard let forward = forwards[serial], forward.advance() else { return }
        loop.remove(forward.number)
        forwards[serial] = nil
        if forward.lost > 0 { log("\(forward.lost) connections could not be handed on: closed") }
    }
}
