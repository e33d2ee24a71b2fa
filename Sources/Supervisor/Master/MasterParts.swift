internal import DeployCore
internal import Handoff
internal import Linux

/// The parts of a master that owe nothing to its machine: each owns its descriptors, its deadlines and what it knows.
final class MasterParts {
    let settings: CurrentSettings
    let directory: StateDirectory
    let loop: EventLoop
    let log: MasterLog
    let clients: Clients
    let requests: Requests
    let records: DeployRecords
    let presence: Presence
    let logs: GenerationLogs
    let store: StateStore
    let manager: ServiceManager
    let jobQuery: ServiceJobQuery
    let keeper: LaneKeeper
    let children: Children
    let launcher: Launcher
    let commands: ReleaseCommands
    let probes: Probes
    let listeners: ListenerSet
    let releases: GenerationReleases
    let generations: Generations
    let handovers: Handovers
    let orphans: Orphans
    let workers: Workers
    let counting: KernelCounts
    let certificates: Certificates
    let maintenance: Maintenance
    let jobs: ScheduledJobs
    let upgrader: Upgrader
    /// The program that this process runs, as it was named when it was started.
    let program: String

    init(
        configuration: Configuration, surroundings: Surroundings, directory: StateDirectory, history: History,
        listeners: [any Listener], keeper: LaneKeeper, recovered: RecoveredParts,
        control: consuming ControlServer, loop: EventLoop, lock: consuming FileLock
    ) throws(SystemError) {
        settings = CurrentSettings(configuration, surroundings)
        self.directory = directory
        self.keeper = keeper
        self.loop = loop
        log = MasterLog(surroundings.advice)
        clients = Clients(control, loop)
        requests = Requests(clients)
        records = DeployRecords(history, settings, requests, directory, log)
        counting = recovered.counting
        probes = Probes(loop, counting)
        self.listeners = ListenerSet(listeners, keeper: keeper, loop, log)
        program = MasterProcess.program(surroundings)
        store = StateStore(directory, log)
        logs = try GenerationLogs(directory, limit: configuration.policies.logLimitBytes)
        children = Children(loop)
        launcher = Launcher(directory, log)
        commands = ReleaseCommands(loop, log, logs, children, launcher, directory)
        releases = GenerationReleases()
        self.handovers = Handovers(recovered.handovers, loop, log, releases)
        certificates = Certificates(settings, recovered.bundle, keeper, loop, log)
        generations = Generations(
            releases, recovered.processSockets, self.handovers, self.listeners, certificates, logs, children, launcher,
            directory, log)
        orphans = Orphans(loop, log, releases)
        workers = Workers(loop, log, directory, generations, self.handovers, orphans, self.listeners, children)
        maintenance = Maintenance(workers, launcher, records, clients)
        jobs = try ScheduledJobs(workers, logs, launcher, settings)
        certificates.tell = { [unowned workers, unowned maintenance] in
            workers.tellCertificates()
            maintenance.tellCertificates()
        }
        presence = try Presence(directory, lock, loop, log)
        manager = ServiceManager(surroundings, at: Master.now())
        jobQuery = ServiceJobQuery(manager, loop, log, children)
        upgrader = Upgrader(program, stateDirectory: directory.root, loop, log, children, manager)
    }

    /// When the first of them wants to be looked at.
    var nextDeadline: Instant? {
        [
            commands.nextDeadline, logs.nextDeadline, requests.nextDeadline, probes.nextDeadline, manager.nextDeadline,
            clients.nextDeadline, upgrader.nextDeadline, orphans.nextDeadline, loop.nextDeadline,
            listeners.nextDeadline, jobQuery.nextDeadline, workers.nextDeadline, store.nextDeadline,
            certificates.nextDeadline, maintenance.nextDeadline, jobs.nextDeadline,
        ].lazy.compactMap(\.self).min()
    }

    /// Children that somebody here waits for.
    var ownChildren: Set<Int32> {
        var own = Set(workers.living.map(\.pid) + commands.pids)
        if let process = keeper.process { own.insert(process.pid) }
        own.formUnion([jobQuery.pid, upgrader.pid].compactMap(\.self))
        own.formUnion(maintenance.pids.union(jobs.pids))
        return own
    }
}
