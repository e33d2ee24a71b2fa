/// All that `deployd status` tells: a picture of the master at one instant. Ages are in seconds, so that a reader needs no clock.
package struct StatusReport: Codable, Equatable, Sendable {
    /// The version of deployd that runs as the master.
    package var deployd: String
    package var master: MasterReport
    package var stateDirectory: String
    package var listeners: [ListenerReport]
    /// The certificates of those that speak TLS; absent without any.
    package var certificates: [CertificateReport]?
    /// The number of the generation that gets new connections; absent when none does.
    package var serving: Int?
    /// How many processes of the web kind an operator has asked for with `scale`; absent: as deployd.json says.
    package var scaledWorkers: Int?
    /// Users get 503 and a page; absent while they get the site.
    package var maintenance: MaintenanceReport?
    /// The jobs that are started by the clock; absent without any.
    package var jobs: [JobReport]?
    /// The deploy under way.
    package var deployment: DeploymentReport?
    /// Deploys that wait behind the one under way.
    package var queuedDeploys: Int
    /// The last deploy that ended.
    package var lastDeploy: LastDeployReport?
    /// Every generation that has a process or a connection, the serving one included.
    package var generations: [GenerationReport]
    /// The problems that a person should look at now.
    package var problems: [ProblemReport]

    package init(
        deployd: String, master: MasterReport, stateDirectory: String, listeners: [ListenerReport] = [],
        certificates: [CertificateReport] = [],
        serving: Int? = nil, scaledWorkers: Int? = nil, maintenance: MaintenanceReport? = nil,
        jobs: [JobReport] = [], deployment: DeploymentReport? = nil,
        queuedDeploys: Int = 0,
        lastDeploy: LastDeployReport? = nil, generations: [GenerationReport] = [], problems: [ProblemReport] = []
    ) {
        self.deployd = deployd
        self.master = master
        self.stateDirectory = stateDirectory
        self.listeners = listeners
        self.certificates = certificates.isEmpty ? nil : certificates
        self.serving = serving
        self.scaledWorkers = scaledWorkers
        self.maintenance = maintenance
        self.jobs = jobs.isEmpty ? nil : jobs
        self.deployment = deployment
        self.queuedDeploys = queuedDeploys
        self.lastDeploy = lastDeploy
        self.generations = generations
        self.problems = problems
    }
}

/// The master's process and its program.
package struct MasterReport: Codable, Equatable, Sendable {
    package var pid: Int
    /// The program that it runs, absolute.
    package var program: String?
    /// Since this process became the master.
    package var uptimeSeconds: Int
    /// Since it became this program by an upgrade; absent when there was none.
    package var upgradedSeconds: Int?
    package var residentBytes: Int?

    package init(
        pid: Int, program: String? = nil, uptimeSeconds: Int, upgradedSeconds: Int? = nil, residentBytes: Int? = nil
    ) {
        self.pid = pid
        self.program = program
        self.uptimeSeconds = uptimeSeconds
        self.upgradedSeconds = upgradedSeconds
        self.residentBytes = residentBytes
    }
}

/// An address on which users connect.
package struct ListenerReport: Codable, Equatable, Sendable {
    /// The way in which new connections find their generation.
    package enum Steering: String, Codable, Sendable {
        /// A lane a generation; a program in the kernel chooses.
        case lanes
        /// A socket a generation; the path is renamed over (unix sockets).
        case rename
        /// One socket that the generations accept from together.
        case shared
    }

    package var name: String
    /// In the form of `deployd.json`: "127.0.0.1:8080", "[::]:80", "unix:run/web.sock".
    package var address: String
    package var steering: Steering
    /// Lanes opened so far, those that wait for their next use included.
    package var lanes: Int?
    /// Stragglers passed on since the master started.
    package var stragglers: Int?
    /// It is not in `deployd.json` any more, and generations that accept there are still here; absent otherwise.
    package var leaving: Bool?
    /// Users speak TLS there; absent otherwise.
    package var tls: Bool?

    package init(
        name: String, address: String, steering: Steering, lanes: Int? = nil, stragglers: Int? = nil,
        leaving: Bool? = nil, tls: Bool? = nil
    ) {
        self.name = name
        self.address = address
        self.steering = steering
        self.lanes = lanes
        self.stragglers = stragglers
        self.leaving = leaving
        self.tls = tls
    }
}

/// Something wrong, and the remedy.
package struct ProblemReport: Codable, Equatable, Sendable {
    /// The problem: "worker 2 of generation 7 crashed 5 times in 20 s (SIGSEGV)".
    package var what: String
    /// A command or an action: "deployd logs 7".
    package var advice: String

    /// The beginning of the problem that nothing of the master's state can be written down.
    package static let unwritable = "the state cannot be written"

    /// A part of the problem that deployd.json and the master disagree.
    static let formerSettings = "the former settings are in effect"
    /// It says that.
    package var isOfSettings: Bool { what.contains(Self.formerSettings) }

    package init(_ what: String, advice: String) {
        self.what = what
        self.advice = advice
    }
}
