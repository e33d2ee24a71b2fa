internal import DeployCore
internal import Handoff
internal import Linux

// The master's part in passing idle connections on: it makes the sockets and the ways to them, and sees to it that no
// connection stays in a queue that nobody reads.
extension Master {
    /// Opens the socket on which a generation takes connections. Without one its predecessor answers the next request
    /// of each connection and closes.
    func openHandover(of generation: GenerationNumber) {
        do { try handovers.open(for: generation) } catch {
            log("\(name(generation)): no connections can be handed to it: \(error)")
        }
    }

    /// Lets nothing more come to a generation that is about to drain. Workers that were sending to it are first told
    /// where to send instead. (A worker that goes because of `scale` leaves others that receive.)
    func retireHandover(of generation: GenerationNumber) {
        guard machine.serving != generation || machine.phase != .running else { return }
        for worker in workers.values where worker.handsOverTo == generation {
            worker.handsOverTo = nil
            guard machine.serving != generation, let line = line(for: worker) else { continue }
            _ = worker.tell(.handOver, line: line)
        }
        _ = handovers.retire(generation)
    }

    /// The way for a draining worker's connections: to the serving generation, which for one that goes because of `scale`
    /// is its own. Nil when that does not take any, or stops.
    func line(for worker: WorkerProcess) -> HandoverLine? {
        guard machine.phase == .running, let serving = machine.serving, let line = line(to: serving) else { return nil }
        worker.handsOverTo = serving
        return line
    }

    /// Passes on what a generation, whose workers have all ended, has left in its queue.
    func releaseHandover(of generation: GenerationNumber) {
        guard let left = handovers.release(generation), !left.messages.isEmpty else { return }
        let what = CountText.of(left.messages.reduce(0) { $0 + $1.descriptors.count }, "connection")
        guard let serving = machine.serving, serving != generation, let line = line(to: serving) else {
            for message in left.messages { left.closing.close(message.descriptors) }
            return log("\(name(generation)): \(what) not taken, and nobody else takes any: closed")
        }
        let serial = loop.nextSerial()
        let forward = HandoverForward(left, over: line)
        forwards[serial] = forward
        do { try loop.add(forward.number, .writable, Token(.forward, serial)) } catch {
            forwards[serial] = nil
            log("\(name(generation)): \(what) could not be handed on: \(error)")
        }
    }

    /// Goes on with passing on.
    func advanceForward(_ serial: UInt64) {
        guard let forward = forwards[serial], forward.advance() else { return }
        loop.remove(forward.number)
        forwards[serial] = nil
        if forward.lost > 0 { log("\(forward.lost) connections could not be handed on: closed") }
    }

    /// Gives a straggler to the serving generation; false when that does not take it, now or ever.
    func handOver(_ straggler: borrowing Socket) -> Bool {
        guard let serving = machine.serving, let line = line(to: serving) else { return false }
        return line.give(straggler)
    }

    private func line(to generation: GenerationNumber) -> HandoverLine? {
        let isTaken = workers.values.contains { $0.generation == generation && $0.takesHandover && !$0.isLeaving }
        return isTaken ? handovers.line(to: generation) : nil
    }
}
