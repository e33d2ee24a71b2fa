internal import Handoff
internal import Linux

// The effect `probe`: one request to the generation's own lane.
extension Master {
    func probe(_ generation: GenerationNumber) {
        guard let release = runnable(generation), let policy = machine.generation(generation)?.policies.probe else {
            return
        }
        // One listener after the other, so that each is proven.
        let turn = probeCounts[generation, default: 0]
        probeCounts[generation] = turn + 1
        let own = listeners.filter { $0.lane(of: generation) != nil }
        guard !own.isEmpty, let target = own[turn % own.count].probeTarget(of: generation) else {
            return probeFailed(generation, ProbeFailure("there is no lane to probe"))
        }
        let listener = own[turn % own.count]
        do {
            let probe = try Probe(
                of: generation, serial: nextSerial(), at: target,
                shown: target.family == .unix ? listener.setting.address : target,
                release.probeRequest(over: listener.setting.address), deadline: Self.now() + policy.attemptTimeout)
            probe.listener = listener
            // The kernel must know the way before the connection comes.
            try listener.admit(try probe.source(), to: generation)
            probes[probe.serial] = probe
            try probe.start()
            try epoll.add(probe.number, .writable, token: Token(.probe, probe.serial).number)
        } catch {
            if let probe = probes.first(where: { $0.value.generation == generation }) { end(probe.value, probe.key) }
            probeFailed(generation, ProbeFailure(reason(error)))
        }
    }

    /// Goes on with a probe whose socket is ready.
    func advanceProbe(_ serial: UInt64) {
        guard let probe = probes[serial] else { return }
        switch probe.advance() {
        case .wait: try? epoll.modify(probe.number, probe.interest, token: Token(.probe, serial).number)
        case .succeeded:
            end(probe, serial)
            feed(.probeSucceeded(probe.generation))
        case .failed(let failure):
            end(probe, serial)
            probeFailed(probe.generation, failure)
        }
    }

    /// Gives up the probes whose time is up.
    func expireProbes(at now: Instant) {
        for (serial, probe) in probes where probe.deadline <= now {
            let unaccepted = unaccepted(probe)
            end(probe, serial)
            let limit = machine.generation(probe.generation)?.policies.probe.attemptTimeout ?? .zero
            probeFailed(probe.generation, probe.outOfTime(after: limit, unaccepted: unaccepted))
        }
    }

    /// The descriptor on which nobody has accepted a probe's connection: it still waits in its lane.
    private func unaccepted(_ probe: Probe) -> CInt? {
        guard let listener = probe.listener, let lane = listener.lane(of: probe.generation), lane.acceptQueue > 0
        else { return nil }
        let place = lanes(of: probe.generation).firstIndex { $0.listener.name == listener.setting.name }
        return place.map { WorkerEnvironment.firstListener + CInt($0) }
    }

    /// Tells the machine, and the client of the deploy if it is something new.
    private func probeFailed(_ generation: GenerationNumber, _ failure: ProbeFailure) {
        if let deployment = machine.deployment, deployment.generation == generation,
            requests[deployment.request]?.lastProbe != failure.text
        {
            requests[deployment.request]?.lastProbe = failure.text
            tellJournal(failure, generation, deployment.request)
            send(
                .probe(ProbeEvent(generation: generation.rawValue, text: failure.text)),
                to: requests[deployment.request]?.client)
        }
        feed(.probeFailed(generation, failure))
    }

    /// Who starts the master at a terminal has no other word of why nothing serves yet.
    private func tellJournal(_ failure: ProbeFailure, _ generation: GenerationNumber, _ request: RequestNumber?) {
        guard let request, let pending = requests[request], pending.client == nil,
            pending.probesTold.count < 5, !pending.probesTold.contains(failure.text)
        else { return }
        requests[request]?.probesTold.insert(failure.text)
        log("\(name(generation)): not yet: \(failure.text)")
    }

    /// A generation that is given up has no answer to give: a probe under way would be the request that its workers finish.
    func dropProbes(ofOwner worker: WorkerNumber) {
        guard let generation = workers[worker]?.generation, machine.generation(generation)?.state == .ending else {
            return
        }
        dropProbes(of: generation)
    }

    func dropProbes(of generation: GenerationNumber) {
        for (serial, probe) in probes where probe.generation == generation { end(probe, serial) }
    }

    func end(_ probe: Probe, _ serial: UInt64) {
        probes[serial] = nil
        try? epoll.remove(probe.number)
        if let source = try? probe.source() { probe.listener?.dismiss(source) }
    }
}
