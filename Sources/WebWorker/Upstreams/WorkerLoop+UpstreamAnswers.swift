internal import Handoff
internal import Linux

// Answers of the servers behind go to their clients.
extension WorkerLoop {
    /// Something is ready on a link.
    mutating func linkReady(_ token: UInt64, _ events: Epoll.Interest) {
        guard let link = link(token) else { return }
        if link.machine.isConnecting { return finishConnecting(link) }
        if events.contains(.writable), let exchange = link.exchange { sendRequest(exchange) }
        guard !link.machine.isClosed, !link.isPaused else { return }
        if events.contains(.readable) || events.contains(.hangUp) || events.contains(.error) { receive(link) }
    }

    /// Reads once, and passes on what came.
    private mutating func receive(_ link: UpstreamLink) {
        do throws(SystemError) {
            switch try receiveBuffer.fill(from: link.socket) {
            case .wouldBlock: break
            case .bytes(0): ended(link)
            case .bytes(let count):
                perform(link.handle(.bytesReceived), link)
                if !link.machine.isClosed { receiveBuffer.withBytes(count) { use($0, link) } }
            }
        } catch {
            if link.exchange != nil { say(link.upstream, "\(error)") }
            perform(link.handle(.failed), link)
        }
        settle(link)
    }

    /// The server closed its side: the end of the answer, or its loss.
    private mutating func ended(_ link: UpstreamLink) {
        if link.exchange != nil, !link.machine.awaitsHead, let piece = link.reader.close(),
            case .end(let keepsAlive) = piece
        {
            return perform(link.handle(.answerEnded(keepsAlive: keepsAlive)), link)
        }
        if link.exchange != nil { say(link.upstream, "it closed the connection before the end of an answer") }
        perform(link.handle(.endOfStream), link)
    }

    private mutating func use(_ bytes: Span<UInt8>, _ link: UpstreamLink) {
        var index = 0
        while let exchange = link.exchange {
            switch link.reader.next(bytes, at: &index) {
            case .incomplete: return
            case .head(let head):
                perform(link.handle(.headPassedOn), link)
                if let file = link.reader.fastCGI?.file {
                    exchange.file = (file, head)
                    continue
                }
                let status = Status(rawValue: UInt16(head.status))
                beginAnswer(
                    exchange.token,
                    AnswerHead(
                        status: status, fields: head.fields, length: head.length, endsEarly: true,
                        hasDate: head.hasDate, hasID: head.hasID))
            case .upgrade(let head):
                perform(link.handle(.upgraded), link)
                exchange.beginTunnel()
                upgrade(exchange.token, fields: head.fields)
            case .data(let range): pass(bytes.extracting(range), link, exchange)
            case .decoded:
                let data = link.reader.takeDecoded()
                pass(data.span, link, exchange)
            case .errors(let range): sayErrors(bytes.text(range))
            case .end(let keepsAlive):
                return perform(link.handle(.answerEnded(keepsAlive: keepsAlive)), link)
            case .malformed(let fault):
                say(link.upstream, "its answer has \(fault.description)")
                return perform(link.handle(.malformed), link)
            }
        }
    }

    /// Gives data to the client; when it does not keep up, nothing more is read until it has.
    private mutating func pass(_ data: Span<UInt8>, _ link: UpstreamLink, _ exchange: UpstreamExchange) {
        guard exchange.file == nil else { return }
        do throws(SystemError) {
            if try exchange.keep(data) {
                if exchange.answer.map({ $0.count > UpstreamExchange.maxKept }) == true { link.isPaused = true }
                return
            }
        } catch {
            // It is kept in memory, and the server waits.
            noteSpoolFailure(error)
            link.isPaused = true
            return
        }
        if !append(exchange.token, data), link.machine.isTunnel || !exchange.fallBehind() { link.isPaused = true }
    }

    /// Says, once a minute at most, that bodies cannot be written down.
    mutating func noteSpoolFailure(_ error: SystemError) {
        guard now >= spoolIsSaidAgainAt else { return }
        spoolIsSaidAgainAt = now + 60_000
        StandardError.line("WebWorker: bodies cannot be kept for slow peers in \(spoolDirectory): \(error)")
    }

    /// A place for a body that is kept.
    func makeSpool() -> Spool { Spool(in: spoolDirectory, spoolBudget) }

    /// The client keeps up again.
    mutating func resume(_ link: UpstreamLink) {
        link.isPaused = false
        settle(link)
    }

    /// What a script said to standard error.
    private func sayErrors(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) { StandardError.line("FastCGI: \(line)") }
    }
}
