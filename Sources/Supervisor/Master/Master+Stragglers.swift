internal import Linux

// Connections in lanes whose generation takes no more: a handshake that was half-way at the cut-over ends there.
extension Master {
    /// From now on the master accepts what arrives in the generation's lanes.
    func watchLanes(of generation: GenerationNumber) {
        guard hasSuccessor(generation) else { return }
        for listener in listeners {
            guard let lane = listener.lane(of: generation), listener.steering != .shared else { continue }
            watch(lane, listener)
        }
    }

    /// Whether somebody else serves, to whom a straggler can be passed on.
    private func hasSuccessor(_ generation: GenerationNumber) -> Bool {
        machine.phase == .running && machine.serving != nil && machine.serving != generation
    }

    private func watch(_ lane: Lane, _ listener: any Listener) {
        guard lane.stragglerToken == nil else { return }
        let token = Token(.straggler, nextSerial())
        guard (try? epoll.add(lane.socket.number, .readable, token: token.number)) != nil else { return }
        lane.stragglerToken = token
        retiredLanes[token.serial] = (listener, lane)
    }

    /// Before a lane gets a new generation, everything that is in it is taken on, and it is watched no longer.
    func unwatch(_ lane: Lane) {
        guard let token = lane.stragglerToken else { return }
        acceptStragglers(token.serial)
        try? epoll.remove(lane.socket.number)
        lane.stragglerToken = nil
        retiredLanes[token.serial] = nil
    }

    /// Accepts what waits in a retired lane, and passes each connection on.
    func acceptStragglers(_ serial: UInt64) {
        guard let (listener, lane) = retiredLanes[serial] else { return }
        while true {
            switch lane.accept() {
            case .accepted(let client): passOn(client, listener)
            case .wouldBlock: return
            case .failed(.connectionAborted): continue
            case .failed(let errno):
                log("\(listener.setting.address): a straggler could not be accepted: \(errno)")
                return
            }
        }
    }

    private func passOn(_ client: consuming Socket, _ listener: any Listener) {
        // Without a generation that serves, the connection would come back to the master.
        guard machine.phase == .running, machine.serving != nil else { return }
        stragglers[listener.setting.name, default: 0] += 1
        // At an address that is given up nobody else accepts.
        if handOver(client) || listener.isLeaving { return }
        do {
            try watch(Relay(client, to: SteeredListener.reachable(listener.setting.address)))
        } catch {
            log("\(listener.setting.address): a straggler could not be passed on: \(error)")
        }
    }

    /// Carries a straggler's bytes from now on.
    func watch(_ relay: Relay) throws(SystemError) {
        let serial = nextSerial()
        relays[serial] = relay
        let interest = relay.interest
        try epoll.add(relay.numbers.client, interest.client, token: Token(.relay, serial).number)
        try epoll.add(relay.numbers.server, interest.server.union(.writable), token: Token(.relay, serial).number)
    }

    /// Goes on with a relay one of whose ends is ready.
    func advanceRelay(_ serial: UInt64) {
        guard let relay = relays[serial] else { return }
        guard relay.advance() else {
            try? epoll.remove(relay.numbers.client)
            try? epoll.remove(relay.numbers.server)
            relays[serial] = nil
            return
        }
        let token = Token(.relay, serial).number
        let interest = relay.interest
        try? epoll.modify(relay.numbers.client, interest.client, token: token)
        try? epoll.modify(relay.numbers.server, interest.server, token: token)
    }
}
