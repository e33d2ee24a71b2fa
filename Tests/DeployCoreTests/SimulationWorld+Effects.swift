import DeployCore

extension SimulationWorld {
    /// Performs an effect, well or badly.
    func perform(_ effect: Effect) throws(SimulationViolation) {
        switch effect {
        case .save(let number): try save(number)
        case .openLanes(let number): try openLanes(number)
        case .releaseLanes(let number): try releaseLanes(number)
        case .spawnHook(let kind, let number): try spawnHook(kind, number)
        case .launchHook: try launchHook()
        case .terminateHook: try terminateHook()
        case .killHook: try killHook()
        case .spawn(let worker, let number, let slot): try spawn(worker, number, slot: slot)
        case .launch(let worker): try launch(worker)
        case .drain(let worker, let deadlines): try drain(worker, deadlines)
        case .askUpgrades(let worker): try askUpgrades(worker)
        case .terminate(let worker): try terminate(worker)
        case .abort(let worker): try abort(worker)
        case .kill(let worker): try kill(worker)
        case .probe(let number): try probe(number)
        case .test(let number): try test(number)
        case .steer(let target): try steer(target)
        case .share(let target): try share(target)
        case .askQueue(let number): try askQueue(number)
        case .evacuate(let number): try evacuate(number)
        case .measure(let number): try measure(number)
        case .observe(let new, let old): try observe(new: new, old: old)
        case .commit(let entry): try commit(entry)
        case .record(let entry): try record(entry)
        case .finish(let request, let outcome): try finish(request, outcome)
        case .exit(let code):
            try expect(code == stopCode, "the master exits with \(code), and not with \(stopCode ?? -1)")
            exitCode = code
        case .prune, .report, .recordHook: break
        }
    }

    /// Whether it goes wrong this time.
    func fails() -> Bool {
        random.chance(trouble / 3)
    }

    private func save(_ number: GenerationNumber) throws(SimulationViolation) {
        try expect(saveInFlight == nil || saveInFlight != number, "generation \(number) is being saved already")
        saveInFlight = number
        let answer: Event = fails() ? .saveFailed(number, reason: "disk full") : .saved(number)
        post(answer, after: random.delay(upTo: .milliseconds(50)))
    }

    private func openLanes(_ number: GenerationNumber) throws(SimulationViolation) {
        let index = try known(number)
        try expect(generations[index].saves > 0, "generation \(number) opens lanes, and is not saved")
        try expect(!generations[index].lanesRequested, "generation \(number) opens lanes twice")
        try checkPrepared(number)
        generations[index].lanesRequested = true
        let answer: Event = fails() ? .lanesFailed(number, reason: "no descriptors") : .lanesOpened(number)
        post(answer, after: random.delay(upTo: .milliseconds(50)))
    }

    private func releaseLanes(_ number: GenerationNumber) throws(SimulationViolation) {
        let index = try known(number)
        // A new master does not know whether a generation that was opening has lanes.
        if isResuming && !generations[index].hasLanes { return }
        try expect(generations[index].hasLanes, "generation \(number) gives back lanes that it has not")
        try expect(!processes.contains { $0.generation == number }, "generation \(number) gives back lanes in use")
        generations[index].hasLanes = false
        lanesOut -= 1
        generations[index].lanesReleased = true
    }

    private func spawn(
        _ worker: WorkerNumber, _ number: GenerationNumber, slot: Slot
    ) throws(SimulationViolation) {
        let index = try known(number)
        try expect(generations[index].hasLanes, "generation \(number) has a worker and no lanes")
        try expect(machine.generation(number)?.plan == generations[index].plan, "another release is spawned")
        try expect(!everSpawned.contains(worker), "worker \(worker) is a number that was used before")
        try expect(spawnsInFlight[worker] == nil, "worker \(worker) is being spawned already")
        try expect(
            !processes.contains { process in
                process.generation == number && process.slot == slot
                    && machine.worker(process.worker)?.recycling == nil
            }, "slot \(slot) has a process already")
        try checkAlone(number, slot)
        spawnsInFlight[worker] = number
        let delay = random.delay(upTo: .milliseconds(50))
        post(fails() ? .spawnFailed(worker, reason: "EAGAIN") : .spawned(worker, newProcess()), after: delay)
    }

    private func launch(_ worker: WorkerNumber) throws(SimulationViolation) {
        guard let index = index(of: worker) else { throw SimulationViolation("worker \(worker) has no process") }
        let process = processes[index]
        try expect(!process.launched, "worker \(worker) is launched twice")
        let durable = machine.durable.generations.flatMap(\.workers).first { $0.number == worker }
        try expect(durable?.process == process.identity, "worker \(worker) is launched, and its pid is not saved")
        processes[index].launched = true
        let announces = random.chance(announcement(by: process))
        let behaviour = SimulationBehaviour(
            &random, trouble: trouble, announces: announces && !random.chance(trouble / 10))
        processes[index].behaviour = behaviour
        beat(index)
        if let delay = behaviour.readyAfter { post(.ready(worker, behaviour.level), after: delay) }
        if let delay = behaviour.exitsAfter { end(index, .exited(code: 1), after: delay) }
    }

    /// How likely a process says READY=1, in percent.
    private func announcement(by process: SimulationProcess) -> Int {
        guard let plan = machine.generation(process.generation)?.plan else { return 0 }
        guard let name = process.slot.process else { return plan.readiness == .probe ? 50 : 100 }
        switch plan.processes.first(where: { $0.name == name })?.readiness {
        case .notify: return 100
        // A program says it or does not, whichever of its processes it is.
        case .auto: return process.generation.rawValue.isMultiple(of: 2) ? 100 : 0
        case .some(.none), nil: return 50
        }
    }

    private func probe(_ number: GenerationNumber) throws(SimulationViolation) {
        let index = try known(number)
        try expect(!generations[index].probeInFlight, "generation \(number) is being probed already")
        try expect(generations[index].hasLanes, "generation \(number) is probed, and has no lanes")
        generations[index].probeInFlight = true
        let isBad = processes.contains { $0.generation == number && $0.behaviour.lies } || fails()
        let isSlow = processes.contains { process in
            process.generation == number && process.slot.isWeb && process.behaviour.readyAfter == nil
                && random.chance(50)
        }
        let answer: Event =
            isBad || isSlow
            ? .probeFailed(number, ProbeFailure("500", isDefinite: isBad)) : .probeSucceeded(number)
        post(answer, after: random.delay(upTo: .milliseconds(200)))
    }

    private func askQueue(_ number: GenerationNumber) throws(SimulationViolation) {
        let index = try known(number)
        try expect(!generations[index].askInFlight, "generation \(number) is asked for its queue already")
        generations[index].askInFlight = true
        if generations[index].firstAsked == nil { generations[index].firstAsked = now }
        let length = random.chance(10 + trouble / 2) ? 1 + random.number(below: 3) : 0
        post(.queueLength(number, length), after: random.delay(upTo: .milliseconds(50)))
    }

    private func evacuate(_ number: GenerationNumber) throws(SimulationViolation) {
        // Who was to go back there, and cannot, may be on either side until steering is done.
        let isLeft = machine.serving != number && machine.deployment?.stage == .steering
        try expect(
            !steeredTo.contains(number) || isLeft, "what arrives at generation \(number) is passed on, and it serves")
        try expect(machine.serving != nil, "what arrives at generation \(number) is passed on, and nobody serves")
        change(number) { $0.isEvacuated = true }
    }

    private func commit(_ entry: HistoryEntry) throws(SimulationViolation) {
        let index = try known(entry.generation)
        let isAgain = generations[index].commitFailed && entry.generation == machine.deployment?.generation
        try expect(
            generations[index].commitLife < life || isAgain, "generation \(entry.generation) is committed twice")
        try checkWatch(of: generations[index])
        try expect(machine.serving == entry.generation, "generation \(entry.generation) is committed, and serves not")
        try checkInnocence(of: generations[index], entry)
        try checkLeft(at: generations[index])
        generations[index].commits += 1
        generations[index].commitLife = life
        commitInFlight = entry.generation
        // What an earlier master wrote stays written.
        let old = generations[index].predecessor
        let mayStay = generations[index].plan.overrides.neverGoesBack || (old != nil && !isSurelyReady(old))
        let isStubborn = mayStay && random.chance(trouble)
        let failed = (fails() || isStubborn) && !generations[index].committed
        post(
            failed ? .commitFailed(entry.generation, reason: "disk full") : .committed(entry.generation),
            after: random.delay(upTo: .milliseconds(50)))
    }

    /// A master that lives has watched it for the whole watch.
    private func checkWatch(of book: SimulationGeneration) throws(SimulationViolation) {
        let watch = book.plan.overrides.watch ?? Self.policies.watch
        guard book.predecessor != nil || !book.plan.processes.isEmpty, watch > .zero, !book.commitWasOrdered,
            !book.isReturn
        else {
            return
        }
        let watched = book.watchedSince.map { now - $0 } ?? .zero
        try expect(watched >= watch, "generation \(book.number) is committed after a watch of \(watched)")
        try checkPatience(of: book, watched: watched)
        try expect(!book.testInFlight, "generation \(book.number) is committed while its test runs")
    }

    private func record(_ entry: HistoryEntry) throws(SimulationViolation) {
        let index = try known(entry.generation)
        // What an earlier master wrote is not written twice.
        if generations[index].records > 0, generations[index].recordLife < life { return }
        generations[index].recordLife = life
        generations[index].records += 1
        if case .rolledBack(let failure) = entry.outcome, failure != .undoneByOperator, !isResuming {
            try expect(
                generations[index].isEvacuated, "users wait at generation \(entry.generation), which was found bad")
        }
        try expect(
            generations[index].records == 1 && !generations[index].committed,
            "generation \(entry.generation) is in the history twice")
    }

    func known(_ number: GenerationNumber) throws(SimulationViolation) -> Int {
        guard let index = index(of: number) else { throw SimulationViolation("there is no generation \(number)") }
        return index
    }

    func expect(_ condition: Bool, _ broken: @autoclosure () -> String) throws(SimulationViolation) {
        if !condition { throw SimulationViolation(broken()) }
    }
}
