internal import Handoff
internal import Linux
internal import TLS

/// One client: its socket, its machine, and what is between reading and writing. Belongs to the loop's thread.
///
/// An idle connection holds no buffer: bytes are read into the loop's own, and copied here only when they are part of a
/// request, or when the client does not take an answer at once.
///
/// What each request meets (machine, timer, watch, peer) is changed on a copy and put back: if one access lasted as long as
/// a call, all accesses to it would be tracked at run time.
final class Connection {
    /// Registration number and descriptor: a late event for a descriptor that was used again does not fit.
    let token: UInt64
    let socket: Socket
    private(set) var machine: ConnectionMachine

    /// Bytes that were read and not used yet: part of a head, or requests behind one that is in hand.
    var input: [UInt8] = []
    /// The parser's progress through the head in `input`; nil if none has begun.
    var partialHead: PartialHead?
    var arriving: ArrivingRequest?
    /// Facts of the request in hand that its answer needs.
    var exchange = Exchange()
    /// The exchange in hand, when it goes in pieces.
    var stream: StreamedExchange?
    /// A thread of the pool works on the request in hand.
    var isOnPool = false
    var outgoing = Outgoing()
    /// A file that follows them.
    var file: OutgoingFile?
    var unlogged = UnloggedAnswers()
    /// The loop visits this connection at the end of the turn, because a stream went on.
    var isDue = false

    var peer = Peer()
    var tls: TLSTransport?

    var timer = ConnectionTimer()
    var watch = Watch()
    /// The connection waits to be handed over.
    var isOffered = false
    /// The share of connections to which it belongs while two generations share them: see `Lots`.
    var lot: UInt16 = 0
    /// The counter of the scoreboard that includes this connection.
    private var standing = Standing.new

    init(socket: consuming Socket, registration: UInt64, _ machine: ConnectionMachine = ConnectionMachine()) {
        self.machine = machine
        token = registration | UInt64(UInt32(bitPattern: socket.number))
        self.socket = socket
    }

    var descriptorIndex: Int { Int(socket.number) }

    /// Tells the machine of an event.
    func handle(_ event: ConnectionMachine.Event) -> ConnectionMachine.Effect {
        var machine = machine
        let effect = machine.handle(event)
        self.machine = machine
        return effect
    }

    /// Tells the machine of an event, and does what it asks for.
    func tell(_ event: ConnectionMachine.Event, _ turn: inout Turn) { perform(handle(event), &turn) }

    /// Does what the machine asks for.
    func perform(_ effect: ConnectionMachine.Effect, _ turn: inout Turn) {
        switch effect {
        case .none, .takeNext: break
        case .refuse(let refusal): refuse(refusal, &turn)
        case .closeIfSilent: closeIfSilent(&turn)
        case .endBody: if let stream { stream.handler?.bodyEnded(stream, &turn) }
        case .linger:
            tls?.say(.closeNotify, to: socket)
            do throws(SystemError) { try socket.shutdown(.write) } catch { tell(.failed, &turn) }
        case .close: close(&turn)
        }
    }

    /// Handles the events that epoll reported.
    func ready(_ events: Epoll.Interest, _ turn: inout Turn) {
        // Hung up is dead in both directions, so no answer arrives; but what came before may still be read.
        let isReadable = events.contains(.readable) && machine.awaitsBytes
        if events.contains(.error) || events.contains(.hangUp) && !isReadable { return tell(.failed, &turn) }
        if events.contains(.writable) {
            advance(&turn)
            if machine.isClosed { return }
            stream?.wake(&turn)
        }
        if machine.awaitsBytes {
            if events.contains(.readable) { receive(&turn) } else { settle(&turn) }
            return
        }
        // What the client sent before its end is not awaited: nobody will read an answer to it.
        if events.contains(.peerClosed), machine.awaitsEnd {
            tell(.endOfStream, &turn)
            if machine.isClosed { return }
        }
        settle(&turn)
        guard events.contains(.readable), !machine.isClosed, !machine.awaitsBytes, var interest = watch.interest else {
            return
        }
        // Not wanted now, and level-triggered: stop being told until it is.
        interest.remove(.readable)
        if interest != watch.interest { watch(for: interest, &turn) }
    }

    /// Brings epoll, deadline and scoreboard in line with the machine, after anything has happened to it.
    func settle(_ turn: inout Turn) {
        let machine = machine
        guard !machine.isClosed else { return }
        var wanted = watch.interest ?? Epoll.Interest()
        if machine.awaitsBytes { wanted.insert(.readable) }
        if machine.awaitsEnd { wanted.insert(.peerClosed) } else { wanted.remove(.peerClosed) }
        if machine.wait == .write { wanted.insert(.writable) } else { wanted.remove(.writable) }
        if wanted != watch.interest { watch(for: wanted, &turn) }
        count(as: Standing(machine), turn.scoreboard)
        setDeadline(&turn)
        if turn.offers.isOn { offer(&turn) }
    }

    private func watch(for interest: Epoll.Interest, _ turn: inout Turn) {
        do throws(SystemError) {
            var watch = watch
            try watch.change(to: interest, socket.number, token: token, turn.epoll)
            self.watch = watch
        } catch {
            StandardError.line("WebWorker: \(error)")
            tell(.failed, &turn)
        }
    }

    private func unwatch(_ epoll: borrowing Epoll) {
        var watch = watch
        try? watch.end(socket.number, epoll)
        self.watch = watch
    }

    private func count(as standing: Standing, _ scoreboard: borrowing ScoreboardWriter) {
        guard standing != self.standing else { return }
        if let counter = self.standing.counter { scoreboard.add(counter, -1) }
        if let counter = standing.counter { scoreboard.add(counter) }
        self.standing = standing
    }

    /// A last look, without waiting: bytes that came in the meantime are a request, and it is answered.
    private func closeIfSilent(_ turn: inout Turn) {
        var byte: [UInt8] = [0]
        let look = try? socket.receive(into: &byte, peek: true)
        if case .bytes(1...)? = look {
            receive(&turn)
            return
        }
        tell(.endOfStream, &turn)
    }

    /// The one way out, whoever ends it: from here on nothing is done for this client any more.
    private func close(_ turn: inout Turn) {
        guard turn.connections.remove(self) else { return }
        if socket.isShared {
            unwatch(turn.epoll)
            try? socket.setLinger(seconds: nil)
        }
        turn.scoreboard.add(.connections, -1)
        count(as: .other, turn.scoreboard)
        input = []
        timer.deadline = .max
        if isOnPool { turn.pool.forget(token: token) }
        cancelStream(&turn)
        tls?.end(token, socket, isWhole: outgoing.pending.isEmpty && file == nil)
        file = nil
        writer.endUnanswered(turn)
        unlogged.logAll(sent: outgoing.sent, turn)
    }

    /// Tells the handler of an exchange in pieces that it is over.
    func cancelStream(_ turn: inout Turn) {
        guard let stream = stream.take() else { return }
        writer.noteStream(turn)
        // Where the close is the end of the body, only a reset, or the want of close_notify, tells that this is not it.
        if stream.answerFraming == .untilClose { outgoing.breakOff(socket, tls) }
        stream.handler?.cancelled(stream, &turn)
    }

    /// Offers itself to the other generation if it is that one's and may go now: its message is sent at the end of the
    /// turn.
    func offer(_ turn: inout Turn) {
        if !isOffered, Departure(self).isPossible, turn.gives(self), turn.offers.takes(tls) { turn.offers.add(self) }
    }

    /// It is another worker's now. Closing alone would not end the watch: the other worker has the same open file.
    func leave(_ turn: inout Turn) {
        unwatch(turn.epoll)
        tls?.mute()
        turn.scoreboard.add(.handedOver)
        tell(.handedOver, &turn)
    }
}
