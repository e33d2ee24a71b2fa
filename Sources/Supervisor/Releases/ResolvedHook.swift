/// A hook that was examined and can be started.
package struct ResolvedHook: Sendable, Equatable {
    /// The program, absolute.
    package var executable: String
    /// The arguments, the program's name as written in the manifest first.
    package var arguments: [String]
    /// The whole environment, but for what differs from deploy to deploy.
    package var environment: [String: String]
    /// Who runs it; nil: the master's user.
    package var user: String?
    /// Its group; nil: the primary group of `user`.
    package var group: String?
}
