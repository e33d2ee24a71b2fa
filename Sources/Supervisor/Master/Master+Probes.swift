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
            return feed(.probeFailed(generation, reason: "it has no lane"))
        }
        let listener = own[turn % own.count]
        do {
            let probe = try Probe(
                of: generation, serial: nextSerial(), at: target, release.probeRequest(over: listener.setting.address),
                deadline: Self.now() + policy.attemptTimeout)
            probe.listener = listener
            // The kernel must know the way before the connection comes.
            try listener.admit(try probe.source(), to: generation)
            probes[probe.serial] = probe
            try probe.start()
            try epoll.add(probe.number, .writable, token: Token(.probe, probe.serial).number)
        } catch {
            if let probe = probes.first(where: { $0.value.generation == generation }) { end(probe.value, probe.key) }
            feed(.probeFailed(generation, reason: error.description))
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
        case .failed(let reason):
            end(probe, serial)
            feed(.probeFailed(probe.generation, reason: reason))
        }
    }

    /// Gives up the probes whose time is up.
    func expireProbes(at now: Instant) {
        for (serial, probe) in probes where probe.deadline <= now {
            end(probe, serial)
            feed(.probeFailed(probe.generation, reason: probe.timeoutReason))
        }
    }

    func end(_ probe: Probe, _ serial: UInt64) {
        probes[serial] = nil
        try? epoll.remove(probe.number)
        if let source = try? probe.source() { probe.listener?.dismiss(source) }
    }
}
