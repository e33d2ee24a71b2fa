import Linux

// What the script says is done, and what comes of it goes back to the script.
extension LoadLoop {
    /// Gives the script an event and does the step that it answers with.
    mutating func react(_ client: Client, to event: ConnectionScript.Event, at now: Nanoseconds, detail: String = "") {
        let request = client.script.requestsOnSocket
        let reaction = client.script.handle(event)
        if let note = reaction.note { record.count(note) }
        if let failure = reaction.failure {
            record.fail(
                failure, connection: client.index, request: request, at: sinceStart(now),
                detail: detail.isEmpty ? progressText(client) : detail)
        }
        perform(reaction, client, at: now)
    }

    private mutating func perform(_ reaction: ConnectionScript.Reaction, _ client: Client, at now: Nanoseconds) {
        switch reaction.step {
        case .connect: connect(client, at: now)
        case .send(let part): begin(part, client, at: now)
        case .wait: break
        case .pause: deadlines.set(now + plan.pause, for: client.index)
        case .linger: deadlines.set(now + Self.maxLinger, for: client.index)
        case .nextOnSame: schedule(client, after: reaction.failure != nil, at: now)
        case .nextOnNew:
            client.socket = nil
            schedule(client, after: reaction.failure != nil, at: now)
        }
    }

    private mutating func connect(_ client: Client, at now: Nanoseconds) {
        client.versions = VersionTimeline.Connection(opened: sinceStart(now))
        client.parser.reset()
        client.unsent = 0..<0
        client.serial &+= 1
        deadlines.set(now + plan.timeout, for: client.index)
        do {
            let socket = try openSocket()
            try epoll.add(socket.number, [.readable, .writable, .peerClosed, .edgeTriggered], token: client.token)
            let result = try socket.connect(plan.address)
            client.socket = consume socket
            if result == .connected { connected(client, at: now) }
        } catch {
            react(client, to: .connectFailed(error.errno.connectFailure), at: now, detail: "\(error)")
        }
    }

    private mutating func openSocket() throws(SystemError) -> Socket {
        let socket = try Socket.stream(plan.address.family)
        if plan.address.family != .unix { try socket.set(.noDelay, to: true) }
        guard !plan.sources.isEmpty else { return socket }
        try socket.set(.bindAddressNoPort, to: true)
        try socket.bind(plan.sources[nextSource])
        nextSource = (nextSource + 1) % plan.sources.count
        return socket
    }

    /// The connection stands; the first request goes out.
    mutating func connected(_ client: Client, at now: Nanoseconds) {
        record.tally.connections += 1
        react(client, to: .connected, at: now)
    }

    private mutating func begin(_ part: ConnectionScript.Part, _ client: Client, at now: Nanoseconds) {
        switch part {
        case .whole: client.unsent = 0..<client.request.count
        case .firstHalf:
            postNumber += 1
            template.stamp(&client.request, number: postNumber)
            client.unsent = 0..<template.firstHalfEnd
        case .secondHalf:
            client.unsent = template.firstHalfEnd..<client.request.count
            client.begun = now
        }
        if part != .secondHalf { client.parser.reset() }
        deadlines.set(now + plan.timeout, for: client.index)
        send(client, at: now)
    }

    /// Sends what is left of the part. A server that refuses the rest may have said why, so that is read first.
    mutating func send(_ client: Client, at now: Nanoseconds) {
        do {
            while !client.unsent.isEmpty {
                guard case .bytes(let count) = try client.sendUnsent() else { return }
                client.unsent = (client.unsent.lowerBound + count)..<client.unsent.upperBound
            }
        } catch {
            client.unsent = 0..<0
            receive(client, hasClosed: true)
            if client.socket != nil, client.script.awaitsAnswer {
                react(client, to: .reset, at: now, detail: "\(error)")
            }
            return
        }
        react(client, to: .sent, at: now)
    }

    /// How far the answer had come, for a failure without another reason.
    private func progressText(_ client: Client) -> String {
        guard client.parser.answerHasBegun else { return "no byte of an answer" }
        return "status \(client.parser.status), \(client.parser.bodyByteCount) bytes of body"
    }
}

extension Client {
    /// Sends what the kernel takes of the part.
    fileprivate func sendUnsent() throws(SystemError) -> Transfer {
        let request = request
        return try unsafe request.span.bytes.extracting(unsent).withUnsafeBytes { (rest) throws(SystemError) in
            guard let sent = try unsafe socket?.send(rest) else { return .wouldBlock }
            return sent
        }
    }
}

extension Errno {
    /// What a failed `connect` is to the user.
    var connectFailure: FailureKind {
        switch self {
        // EAGAIN is a unix socket's full queue (connect(2)).
        case .connectionRefused, .notFound, .wouldBlock: .refused
        case .timedOut: .connectTimedOut
        case .connectionReset: .reset
        case .addressNotAvailable, .addressInUse, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBuffers,
            .permissionDenied, .notPermitted, .invalid:
            .client
        default: .unreachable
        }
    }
}
