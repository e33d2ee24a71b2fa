internal import DeployCore
internal import Linux

// The two sides of an exec: what this image leaves, and what the next one takes up.
extension Master {
    /// Leaves everything to the upgrade's program and becomes it; returns only when that failed: why, as a clause.
    func leaveAll(to upgrade: Upgrade, _ version: String) -> String {
        if let failure = save(synchronously: true) { return "the state cannot be written: \(failure)" }
        log("becoming \(upgrade.program) (deployd \(version)) under pid \(ThisProcess.pid)")
        let bequest = bequest(for: upgrade)
        manager.announceReload()
        let failure = become(upgrade.program, leaving: bequest)
        // Still this image: nothing was let go of.
        try? bequest.letThrough(false)
        manager.tell(machine, at: Self.now())
        return "it could not be executed: \(failure.errno)"
    }

    private func become(_ program: String, leaving bequest: Bequest) -> SystemError {
        do { try bequest.letThrough(true) } catch { return error }
        // Descriptors that the service manager passed have been taken up, and their numbers may be others' by now.
        let gone = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", Bequest.variable].map { "\($0)=" }
        let environment = ThisProcess.environment().filter { entry in !gone.contains { entry.hasPrefix($0) } }
        return execute(
            program, arguments: [program] + CommandLine.arguments.dropFirst(),
            environment: environment + ["\(Bequest.variable)=\(bequest.text)"])
    }

    private func bequest(for upgrade: Upgrade) -> Bequest {
        let bequest = Bequest()
        bequest["version"] = Version.current
        bequest["files"] = launcher.softFiles.map { "\($0)" }
        bequest["started"] = "\(startedAt.sinceBoot.microseconds)"
        bequest.who = upgrade.who
        bequest["asked"] = "\(upgrade.askedAt.sinceBoot.microseconds)"
        bequest.leave(lock.number, as: Bequest.Name.lock)
        bequest.leave(control.listenerNumber, as: Bequest.Name.control)
        for (client, number) in control.silent {
            bequest.leave(number, as: "\(Bequest.Name.visitor)\(client.serial)")
        }
        if let number = upgrade.client.flatMap({ control.number(of: $0) }) {
            bequest.leave(number, as: Bequest.Name.client)
        }
        for lane in keeper.lanes { bequest.leave(lane.descriptor, as: Bequest.Name.lane + lane.name) }
        for worker in workers.values {
            bequest.leave(worker.notifyNumber, as: "\(Bequest.Name.notify)\(worker.number)")
            if let board = worker.scoreboardNumber {
                bequest.leave(board, as: "\(Bequest.Name.board)\(worker.number)")
            }
        }
        for (serial, numbers) in listeners.stragglers.idle {
            bequest.leave(numbers.client, as: "\(Bequest.Name.relay)\(serial)/client")
            bequest.leave(numbers.server, as: "\(Bequest.Name.relay)\(serial)/server")
        }
        return bequest
    }

    /// Takes up what the image before left, behind `resume`: who waits for an answer gets it from here.
    func takeUp(_ bequest: Bequest) {
        let now = Self.now()
        if let started = bequest.instant("started") { startedAt = started }
        upgradedAt = now
        for serial in bequest.names(Bequest.Name.relay).compactMap({ $0.split(separator: "/").first }).uniqued() {
            guard let client = bequest.take("\(Bequest.Name.relay)\(serial)/client"),
                let server = bequest.take("\(Bequest.Name.relay)\(serial)/server")
            else { continue }
            try? listeners.stragglers.carry(Relay(adopting: Socket(adopting: client), Socket(adopting: server)))
        }
        for serial in bequest.names(Bequest.Name.visitor) {
            guard let visitor = bequest.take(Bequest.Name.visitor + serial) else { continue }
            control.adopt(Socket(adopting: visitor), isAwaited: false, on: loop.epoll, at: now.sinceBoot)
        }
        children.adoptAll(but: Set(workers.values.map(\.pid)))
        let before = bequest["version"] ?? "?"
        log("deployd \(Version.current) (\(program)) runs under pid \(ThisProcess.pid) in the place of \(before)")
        let took = bequest.instant("asked").map { now - $0 }
        recordUpgrade(from: before, by: bequest.who ?? .master, took: took ?? .zero)
        guard let descriptor = bequest.take(Bequest.Name.client),
            let client = control.adopt(
                Socket(adopting: descriptor), isAwaited: true, on: loop.epoll, at: now.sinceBoot)
        else { return }
        send(
            .done(
                DoneEvent(
                    .completed,
                    message: "deployd \(Version.current) runs as the master, pid \(ThisProcess.pid), "
                        + "in place of \(before)",
                    serving: servingReport,
                    milliseconds: took?.inMilliseconds)), to: client)
    }
}

extension Bequest {
    /// A word that is an instant, in microseconds.
    func instant(_ key: String) -> Instant? {
        self[key].flatMap { Int64($0) }.map { Instant(sinceBoot: .microseconds($0)) }
    }

    /// Who asked for the upgrade.
    var who: HistoryRecord.Who? {
        get {
            guard let uid = self["who.uid"].flatMap({ UInt32($0) }), let pid = self["who.pid"].flatMap({ Int32($0) })
            else { return nil }
            return HistoryRecord.Who(uid: uid, pid: pid)
        }
        set {
            self["who.uid"] = newValue.map { "\($0.uid)" }
            self["who.pid"] = newValue.map { "\($0.pid)" }
        }
    }
}
