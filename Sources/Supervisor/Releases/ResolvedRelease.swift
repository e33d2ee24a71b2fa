package import DeployCore

/// A release that was examined and can be started: everything is decided, and nothing is looked up again later.
package struct ResolvedRelease: Sendable, Equatable {
    /// The release's directory, absolute and without links.
    package var path: String
    /// The name for users: `v2`.
    package var label: String
    /// The content of its `release.json`.
    package var manifest: Manifest
    /// The absolute path of the program.
    package var executable: String
    /// The arguments, the program's name as written in the manifest first.
    package var arguments: [String]
    /// The whole environment of a worker, but for what the launch step adds (LISTEN_PID and its kind).
    package var environment: [String: String]
    /// The absolute path of the workers' working directory.
    package var workingDirectory: String
    /// The workers' user; nil: the master's.
    package var user: String?
    /// The workers' group; nil: the primary group of `user`.
    package var group: String?
    /// The workers' umask; nil: the master's.
    package var umask: UInt32?
    /// The workers' resource limits.
    package var limits: ResourceLimits
    /// The commands that are part of its deploy.
    package var hooks: [HookKind: ResolvedHook] = [:]
    /// The test that runs during the watch; nil for none.
    package var test: ResolvedHook? = nil
    /// The kinds of processes that its generations have beside the web workers.
    package var processes: [ResolvedProcess] = []
    /// The variables that nobody has set and that name directories to which its processes want to write.
    package var replaceable: [String] = []
}

/// The result of examining a release.
package struct ReleaseExamination: Sendable, Equatable {
    /// The release, when nothing stands in the way.
    package let release: ResolvedRelease?
    /// Everything that stands in the way.
    package let problems: [Problem]
    /// Warnings that stop nobody, and may yet surprise: a line each.
    package var warnings: [String] = []
}
