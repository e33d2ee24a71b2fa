/// A hook that was examined and can be started.
package struct ResolvedHook: Sendable, Equatable {
    /// The absolute path of the program.
    package var executable: String
    /// The arguments, the program's name as written in the manifest first.
    package var arguments: [String]
    /// The whole environment, but for what differs from deploy to deploy.
    package var environment: [String: String]
    /// The user it runs as; nil for the master's.
    package var user: String?
    /// The group it runs as; nil for the primary group of `user`.
    package var group: String?
}
