internal import DeployCore
internal import Handoff
internal import Linux

// Processes: the effects `spawn`, `launch`, `drain`, `terminate`, `kill`, and what workers say.
extension Master {
    func spawn(_ number: WorkerNumber, _ generation: GenerationNumber, _ slot: Slot) {
        guard let release = runnable(generation) else {
            return feed(.spawnFailed(number, reason: "its release is not known"))
        }
        if let process = slot.process { processSockets.clear(process, in: generation) }
        memoryKills.forgetEarlier()
        do {
            let spawn = WorkerSpawn(
                directory: directory, lanes: inheritance(slot, of: generation).map(\.socket),
                log: try logs.descriptor(of: generation, process: slot.process, for: release.order.account?.gid),
                handover: slot.isWeb ? handovers.number(of: generation) : nil,
                owner: release.order.account?.uid, inherit: release.inherit(slot))
            let worker = try spawn.start(number, generation, slot: slot)
            workers[number] = worker
            try watch(worker)
            feed(.spawned(number, worker.identity))
        } catch {
            forget(number)
            feed(.spawnFailed(number, reason: error.explained))
        }
    }

    /// Hears from now on what becomes of a worker, and what it says.
    func watch(_ worker: WorkerProcess) throws(SystemError) {
        try loop.add(worker.process.number, .readable, Token(.process, worker.number))
        try loop.add(worker.notifyNumber, .readable, Token(.notify, worker.number))
        if let acknowledge = worker.acknowledge {
            try loop.add(acknowledge.number, .readable, Token(.acknowledge, worker.number))
        }
    }

    /// A worker that could not be watched must not live on.
    private func forget(_ number: WorkerNumber) {
        guard let worker = workers.removeValue(forKey: number) else { return }
        _ = try? worker.process.send(.kill)
        loop.remove(worker.notifyNumber)
        children.adopt(HelperProcess(adopting: worker))
        directory.forget(number)
    }

    func launch(_ number: WorkerNumber) {
        guard let worker = workers[number], let release = runnable(worker.generation) else { return }
        let sockets = inheritance(worker.slot, of: worker.generation).enumerated().map { index, inherited in
            SocketProtocol.InheritedSocket(
                name: inherited.name, address: inherited.address,
                descriptor: Handoff.WorkerEnvironment.firstListener + CInt(index))
        }
        let watchdog = machine.generation(worker.generation)?.watchdog(of: worker.slot)
        var order = release.order(for: worker, sockets: sockets, directory: directory, watchdog: watchdog)
        order.group = groups.group(of: worker.generation)?.path
        do { try worker.launch(launcher.complete(order)) } catch {
            log("\(name(worker.generation)): worker \(worker.slot): \(error)")
            kill(number)
        }
    }

    func drain(_ number: WorkerNumber, _ deadlines: DrainDeadlines) {
        guard let worker = workers[number], let release = runnable(worker.generation) else { return }
        // A worker that drains may stop accepting at once. (One that goes because of `scale` leaves others that accept.)
        let laneIsLive = machine.serving == worker.generation && machine.phase == .running
        worker.isLeaving = true
        listeners.expectDraining(isWeb: worker.slot.isWeb)
        if worker.slot.isWeb {
            listeners.shutDoors()
            retireHandover(of: worker.generation)
        }
        let now = Self.now()
        do {
            try worker.drain(
                signal: release.drainSignal(worker.slot), requests: max(.zero, deadlines.requests - now),
                upgrades: max(.zero, deadlines.upgrades - now), laneIsLive: laneIsLive,
                line: worker.slot.isWeb ? line(for: worker) : nil)
        } catch {
            log("\(name(worker.generation)): worker \(worker.slot) could not be told to drain: \(error)")
        }
    }

    func signal(_ number: WorkerNumber, _ signal: Signal) {
        guard let worker = workers[number] else { return }
        do { try worker.process.send(signal) } catch {
            log("\(name(worker.generation)): worker \(worker.slot): \(error)")
        }
    }

    /// Ends the worker and whatever it started that stayed in its session.
    func kill(_ number: WorkerNumber) {
        signal(number, .kill)
        // A worker that an earlier master started is another's child: its number may be a stranger's by now.
        workers[number]?.identity.killGroup()
    }

    /// Takes up what a worker said.
    func heard(_ number: WorkerNumber, atMost limit: Int = WorkerVoice.messagesPerTurn) {
        guard let worker = workers[number] else { return }
        let heard = worker.notifications(atMost: limit)
        if let stranger = heard.stranger { tell(of: stranger, for: worker) }
        let now = Self.now()
        if worker.voice.isTooLoud(heard.count, at: now) { mute(worker) }
        if heard.isHeldUp, worker.voice.mute(at: now) { holdUp(worker) }
        for said in heard.notifications {
            if let status = said.status { worker.statusText = status }
            for pulse in said.pulses { feed(.pulse(number, pulse)) }
            if let more = said.timeoutExtension { feed(.extended(number, by: more)) }
            if said.isReady {
                worker.takesHandover = said.takesHandover && worker.hasHandover
                worker.level = (said.level ?? 0) >= 2 ? .drains : .notifies
                feed(.ready(number, worker.level))
            }
        }
    }

    /// Takes up what a worker said in einhorn's way.
    func acknowledged(_ number: WorkerNumber) {
        guard let worker = workers[number], let acknowledge = worker.acknowledge,
            acknowledge.read(loop, Token(.acknowledge, number), for: worker.identity),
            worker.level == .plain
        else { return }
        worker.level = .notifies
        feed(.ready(number, worker.level))
    }

    /// Reaps a worker that has ended.
    func ended(_ number: WorkerNumber) {
        guard let worker = workers[number] else { return }
        // What it said last must be heard first.
        heard(number, atMost: WorkerVoice.lastMessages)
        let left = remains(of: worker.identity)
        var end: WorkerEnd
        do {
            guard let status = try worker.process.reap() else { return }
            end = WorkerEnd(status, launchFailure: worker.launchFailure())
        } catch {
            // An adopted worker is another's child: that it is readable means that it has ended.
            guard error.errno == .noChild else {
                fatalError("worker \(number) (pid \(worker.pid)) cannot be reaped: \(error)")
            }
            end = .unobserved
        }
        end = witnessed(end, of: worker)
        loop.remove(worker.process.number)
        loop.remove(worker.notifyNumber)
        workers[number] = nil
        attention.wantsFiles = true
        directory.forget(number)
        self.end(left, leftBy: worker.pid, worker.generation, worker.slot)
        feed(.exited(number, end))
    }
}

extension Master {
    /// The end of a worker, with what the kernel says of it besides.
    private func witnessed(_ end: WorkerEnd, of worker: WorkerProcess) -> WorkerEnd {
        switch end {
        case .signalled(name: Signal.kill.description, dumpedCore: _), .unobserved:
            memoryKills.happened(worker.generation, in: groups.group(of: worker.generation)) ? .outOfMemory : end
        case .signalled, .exited, .outOfMemory, .notLaunched, .silent, .gaveUp, .recycled: end
        }
    }
}

extension Notification {
    /// What of it is for the watchdog.
    fileprivate var pulses: [Pulse] {
        var pulses: [Pulse] = []
        if let watchdogLimit, watchdogLimit > .zero { pulses.append(.limit(watchdogLimit)) }
        if isAlive { pulses.append(.alive) }
        if isFailing { pulses.append(.failing) }
        return pulses
    }
}
