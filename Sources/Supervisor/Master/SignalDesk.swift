internal import DeployCore
internal import Linux

/// Takes in what signals ask for, and what systemd says of the one that it has sent.
final class SignalDesk {
    private unowned let master: Master
    private let parts: MasterParts
    /// Its closing ends the master.
    private let terminal = Terminal.ofStart()

    init(_ master: Master) {
        self.master = master
        parts = master.parts
    }

    /// TERM and INT ask for a clean stop; asked again, for one at once. HUP asks for a reload, and for a stop when it comes
    /// because the terminal was closed on which the master was started. USR2 asks for an upgrade. USR1 ends the master and
    /// nothing else.
    func take(_ received: SignalDescriptor.Received) {
        let log = parts.log
        switch received.signal {
        case .term where asksSystemd(received): break
        case .term, .int:
            let again = master.machine.phase != .running
            log("\(received.inWords): \(again ? "stopping at once" : "stopping")")
            master.feed(.stop(nil, now: again))
        case .hup where terminal?.isClosed == true:
            guard master.machine.phase == .running else { return }
            log("the terminal on which this was started is closed: stopping; a service goes on (`deployd unit`)")
            master.feed(.stop(nil, now: false))
        case .hup:
            log("\(received.inWords): reload")
            mendPresence()
            master.feed(
                master.reloader.reload(by: HistoryRecord.Who(uid: received.uid, pid: received.pid), client: nil))
        case .usr2:
            log("\(received.inWords): upgrade to \(parts.program)")
            let who = HistoryRecord.Who(uid: received.uid, pid: received.pid)
            parts.upgrader.begin(to: nil, DeployTerms(wait: true), by: who, client: nil)
        case .usr1:
            log("\(received.inWords): the master ends; workers and sockets stay")
            master.exec.leave()
        case .chld: parts.children.reapOrphans(but: parts.ownChildren)
        default:
            log("\(received.inWords): it has no meaning here; `deployd help` lists the verbs")
        }
    }

    /// Whether SIGTERM came from systemd, which has to say first whether the service is to be started again.
    private func asksSystemd(_ received: SignalDescriptor.Received) -> Bool {
        guard master.machine.phase == .running, parts.manager.sent(received) else { return false }
        return parts.upgrader.isFarewell || parts.jobQuery.begin(after: received.signal)
    }

    /// systemd has said what it is about to do.
    func heard(_ job: ServiceJob) {
        guard master.machine.phase == .running else { return }
        guard job == .restart else {
            parts.log("stopping")
            return master.feed(.stop(nil, now: false))
        }
        parts.upgrader.bidFarewell(by: HistoryRecord.Who(uid: 0, pid: 1))
    }

    func mendPresence() {
        parts.presence.mend(&parts.clients.server, parts.keeper, parts.store, master.savedState)
    }
}
