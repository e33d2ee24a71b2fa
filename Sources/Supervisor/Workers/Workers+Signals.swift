internal import DeployCore
internal import Handoff
internal import Linux

// What workers are told: the effects `drain`, `terminate`, `abort`, `kill`.
extension Workers {
    /// Tells a worker to finish what it has.
    ///
    /// - Parameter accepting: who accepts connections meanwhile.
    func drain(_ number: WorkerNumber, _ deadlines: DrainDeadlines, _ accepting: Accepting) {
        guard let worker = self[number], let release = generations.releases[worker.generation] else { return }
        worker.isLeaving = true
        tellHandovers(of: worker)
        listeners.expectDraining(isWeb: worker.slot.isWeb)
        if worker.slot.isWeb {
            listeners.shutDoors()
            retireHandover(of: worker.generation, accepting)
        }
        let now = EventLoop.now()
        do {
            try worker.drain(
                signal: release.drainSignal(worker.slot), requests: max(.zero, deadlines.requests - now),
                upgrades: max(.zero, deadlines.upgrades - now),
                // A worker that drains may stop accepting at once. (One that goes because of `scale` leaves others that
                // accept.)
                laneIsLive: serves(worker.generation, accepting),
                line: worker.slot.isWeb ? line(for: worker, accepting) : nil)
        } catch {
            log("\(name(worker)) could not be told to drain: \(error)")
        }
    }

    /// Lets nothing more come to a generation that is about to drain. Workers that were sending to it are first told
    /// where to send instead. (A worker that goes because of `scale` leaves others that receive.)
    private func retireHandover(of generation: GenerationNumber, _ accepting: Accepting) {
        guard !serves(generation, accepting) else { return }
        for worker in living where worker.handsOverTo == generation {
            worker.handsOverTo = nil
            guard accepting.serving != generation, let line = line(for: worker, accepting) else { continue }
            _ = worker.tell(.handOver(version: line.version), line: line)
        }
        handovers.retire(generation)
    }

    /// The way for a draining worker's connections: to the serving generation, or, for one that goes because of `scale`,
    /// to its own. Nil when that does not take any, or stops.
    private func line(for worker: WorkerProcess, _ accepting: Accepting) -> HandoverLine? {
        let receiver = serves(worker.generation, accepting) ? worker.generation : accepting.serving
        guard accepting.isRunning, let line = handovers.line(to: receiver) else { return nil }
        worker.handsOverTo = receiver
        return line
    }

    /// Says whether a worker takes connections from its generation's hand-over socket.
    func tellHandovers(of worker: WorkerProcess) {
        handovers.setReceiving(
            worker.number, of: worker.generation, version: worker.isLeaving ? 0 : worker.handoverVersion)
    }

    func signal(_ number: WorkerNumber, _ signal: Signal) {
        guard let worker = self[number] else { return }
        do { try worker.process.send(signal) } catch { log("\(name(worker)): \(error)") }
    }

    /// Ends the worker and whatever it started that stayed in its session.
    func kill(_ number: WorkerNumber) {
        signal(number, .kill)
        // A worker that an earlier master started is another's child: its number may be a stranger's by now.
        self[number]?.identity.killGroup()
    }

    /// Ends the workers of a kind: they hold a socket that is no longer the one.
    func killAll(at place: ProcessSockets.Place) {
        for worker in living where worker.generation == place.generation && worker.slot.process == place.process {
            kill(worker.number)
        }
    }
}
