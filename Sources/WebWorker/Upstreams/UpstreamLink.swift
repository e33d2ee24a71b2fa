internal import Handoff
internal import Linux

/// One connection to a server behind. Belongs to the loop's thread.
final class UpstreamLink {
    /// The registration, marked as one of a link, and the descriptor.
    let token: UInt64
    private let socket: Socket
    private let server: Upstream
    private(set) var machine = UpstreamMachine()
    private var reader = AnswerReader()
    private var exchange: UpstreamExchange?
    /// The client takes no more of the answer for now: then nothing is read.
    private(set) var isPaused = false
    /// The server does not take what is written.
    private var isBlocked = false
    private var limit = LinkLimit()
    private var watch = Watch()

    /// Marks the tokens of links: registrations of clients stay below it.
    static let mark: UInt64 = 1 << 63

    init(socket: consuming Socket, registration: UInt64, server: Upstream) {
        token = Self.mark | registration | UInt64(UInt32(bitPattern: socket.number))
        self.socket = socket
        self.server = server
    }

    var descriptorIndex: Int { Int(socket.number) }

    /// A kept connection has neither ended nor said anything.
    var isSilent: Bool {
        var byte: [UInt8] = [0]
        return (try? socket.receive(into: &byte, peek: true)) == .wouldBlock
    }

    /// Tells the machine of an event; on a copy, as `Connection.handle` does.
    private func handle(_ event: UpstreamMachine.Event) -> UpstreamMachine.Effect {
        var machine = machine
        let effect = machine.handle(event)
        self.machine = machine
        return effect
    }

    /// Tells the machine of an event, and does what it asks for.
    func tell(_ event: UpstreamMachine.Event, _ turn: inout Turn) {
        let effect = handle(event)
        if effect == .none { return }
        let exchange = exchange.take()
        exchange?.link = nil
        if effect == .keep {
            server.released(self, &turn)
        } else {
            limit.end()
            server.closed(self, &turn)
        }
        guard let exchange else { return }
        switch effect {
        case .none, .close: break
        case .keep, .finish: exchange.finishAnswer(&turn)
        case .retry:
            exchange.rewind()
            server.forward(exchange, &turn)
        case .answerBadGateway: exchange.fail(.unreachable, &turn)
        case .answerTimeout: exchange.fail(.tooSlow, &turn)
        case .breakOff:
            turn.scoreboard.add(.upstreamErrors)
            exchange.client(turn)?.breakAnswer(&turn)
        }
    }

    /// Handles the events that epoll reported.
    func ready(_ events: Epoll.Interest, _ turn: inout Turn) {
        if machine.isConnecting { return finishConnecting(&turn) }
        if events.contains(.writable), exchange != nil { sendRequest(&turn) }
        guard !machine.isClosed, !isPaused else { return }
        if events.contains(.readable) || events.contains(.hangUp) || events.contains(.error) { receive(&turn) }
    }

    /// The connect is decided.
    private func finishConnecting(_ turn: inout Turn) {
        do throws(SystemError) {
            if let errno = try socket.takeError() {
                throw SystemError(call: "connect", errno: errno, subject: "\(server.address)")
            }
            server.connected(self, &turn)
            settle(&turn)
        } catch {
            server.sayUnreached(error, at: turn.now)
            _ = handle(.failed)
            server.connectFailed(self, .unreachable, &turn)
        }
    }

    // MARK: The request

    func begin(_ exchange: UpstreamExchange, _ turn: inout Turn) {
        self.exchange = exchange
        exchange.link = self
        limit.end()
        let shape = exchange.shape
        tell(.began(isRepeatable: shape.isRepeatable), &turn)
        if let keeps = shape.keepsConnection {
            reader.resetForFastCGI(toHead: shape.isHead, keepsConnection: keeps)
        } else {
            reader.reset(toHead: shape.isHead, asksUpgrade: shape.asksUpgrade)
        }
        sendRequest(&turn)
    }

    /// Sends what of its request can be sent.
    func sendRequest(_ turn: inout Turn) {
        guard let exchange else { return }
        do throws(SystemError) {
            isBlocked = false
            while refill(exchange, &turn), !exchange.output.isEmpty {
                guard case .bytes = try exchange.output.send(to: socket, more: false) else {
                    isBlocked = true
                    break
                }
                limit.noteSent()
                tell(.bytesSent, &turn)
            }
            if machine.isClosed { return }
            if exchange.output.isEmpty, exchange.isWhole {
                if machine.isTunnel { try socket.shutdown(.write) }
                tell(.requestSent, &turn)
            }
        } catch {
            // What the server said before it closed is still to be read; only when it takes nothing at all is that the end.
            return sendingFailed(&turn)
        }
        exchange.outputWasTaken(&turn)
        settle(&turn)
    }

    /// Writes more of a body that was here before. False when the request ends with that, since it cannot be read again.
    private func refill(_ exchange: UpstreamExchange, _ turn: inout Turn) -> Bool {
        guard exchange.output.isEmpty, exchange.link != nil else { return true }
        do throws(SystemError) { try exchange.refill() } catch {
            turn.spools.noteFailure(error, at: turn.now)
            tell(.failed, &turn)
            return false
        }
        return true
    }

    private func sendingFailed(_ turn: inout Turn) {
        guard machine.hasSent else { return tell(.failed, &turn) }
        exchange?.dropOutput()
        isBlocked = false
        tell(.requestSent, &turn)
        settle(&turn)
    }

    // MARK: The answer

    /// Reads once, and passes on what came.
    private func receive(_ turn: inout Turn) {
        let buffer = turn.receiveBuffer
        do throws(SystemError) {
            switch try buffer.fill(from: socket) {
            case .wouldBlock: break
            case .bytes(0): ended(&turn)
            case .bytes(let count):
                tell(.bytesReceived, &turn)
                if !machine.isClosed { buffer.withBytes(count) { use($0, &turn) } }
            }
        } catch {
            if exchange != nil { server.say("\(error)", at: turn.now) }
            tell(.failed, &turn)
        }
        settle(&turn)
    }

    /// The server closed its side: the end of the answer, or its loss.
    private func ended(_ turn: inout Turn) {
        if exchange != nil, !machine.awaitsHead, let piece = reader.close(), case .end(let keepsAlive) = piece {
            return tell(.answerEnded(keepsAlive: keepsAlive), &turn)
        }
        if exchange != nil { server.say("it closed the connection before the end of an answer", at: turn.now) }
        tell(.endOfStream, &turn)
    }

    private func use(_ bytes: Span<UInt8>, _ turn: inout Turn) {
        var index = 0
        while let exchange {
            switch reader.next(bytes, at: &index) {
            case .incomplete: return
            case .head(let head):
                if let file = reader.fastCGI?.file {
                    tell(.headKept, &turn)
                    exchange.file = (file, head)
                } else {
                    tell(.headPassedOn, &turn)
                    exchange.begin(head, &turn)
                }
            case .upgrade(let head):
                tell(.upgraded, &turn)
                exchange.beginTunnel()
                exchange.client(turn)?.upgrade(fields: head.fields, &turn)
            case .data(let range): pass(bytes.extracting(range), exchange, &turn)
            case .decoded:
                let data = reader.takeDecoded()
                pass(data.span, exchange, &turn)
            case .errors(let range): sayErrors(bytes.text(range))
            case .end(let keepsAlive): return tell(.answerEnded(keepsAlive: keepsAlive), &turn)
            case .malformed(let fault):
                server.say("its answer has \(fault.description)", at: turn.now)
                return tell(.malformed, &turn)
            }
        }
    }

    /// Gives data to the client; when it does not keep up, nothing more is read until it has.
    private func pass(_ data: Span<UInt8>, _ exchange: UpstreamExchange, _ turn: inout Turn) {
        guard exchange.file == nil else { return }
        limit.noteAnswer()
        do throws(SystemError) {
            if try exchange.keep(data) {
                if exchange.answer.map({ $0.count > UpstreamExchange.maxKept }) == true { isPaused = true }
                return
            }
        } catch {
            // It is kept in memory, and the server waits.
            turn.spools.noteFailure(error, at: turn.now)
            isPaused = true
            return
        }
        if exchange.client(turn)?.append(data, &turn) != true, machine.isTunnel || !exchange.fallBehind() {
            isPaused = true
        }
    }

    /// The client keeps up again.
    func resume(_ turn: inout Turn) {
        isPaused = false
        settle(&turn)
    }

    /// Logs what a script wrote to standard error.
    private func sayErrors(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) { StandardError.line("FastCGI: \(line)") }
    }

    // MARK: What it waits for

    /// Brings epoll and the deadline in line with what it waits for.
    func settle(_ turn: inout Turn) {
        guard !machine.isClosed else { return }
        var wanted = isPaused ? Epoll.Interest() : .readable
        if isBlocked || machine.isConnecting { wanted.insert(.writable) }
        if wanted != watch.interest ?? Epoll.Interest() { watch(for: wanted, &turn) }
        let wait: UpstreamMachine.Wait = isPaused && !isBlocked ? .none : machine.wait(isBlocked: isBlocked)
        limit.set(wait, server.limit(wait), exchange, token, &turn)
    }

    /// Watches for `wanted`; for nothing not at all, since epoll tells of errors and hang-ups in any case.
    private func watch(for wanted: Epoll.Interest, _ turn: inout Turn) {
        do throws(SystemError) {
            if wanted.isEmpty {
                try watch.end(socket.number, turn.epoll)
            } else {
                try watch.change(to: wanted, socket.number, token: token, turn.epoll)
            }
        } catch {
            StandardError.line("WebWorker: \(error)")
            tell(.failed, &turn)
        }
    }

    /// An entry of the wheel has come up.
    func timer(_ tick: TimerWheel.Tick, _ turn: inout Turn) {
        guard limit.isOver(tick, socket, token, &turn) else { return }
        if machine.isConnecting {
            server.say("no connection in time", at: turn.now)
            _ = handle(.failed)
            return server.connectFailed(self, .tooSlow, &turn)
        }
        if exchange != nil { server.say("no answer in time", at: turn.now) }
        tell(.timedOut, &turn)
    }
}
