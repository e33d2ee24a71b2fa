/// A program to start, and everything that it gets from us.
package struct SpawnRequest: Sendable {
    /// The program's path; it is not looked for.
    package var executable: String
    /// All arguments, the name first.
    package var arguments: [String]
    /// The whole environment, as KEY=VALUE.
    package var environment: [String]
    /// What the child inherits: our number (which stays ours), and its number there. Of 0, 1 and 2 those that are no
    /// target are ours too; nothing else is open in the child.
    package var descriptors: [(source: CInt, target: CInt)]
    /// Puts the child into a session of its own, away from our terminal.
    package var newSession: Bool

    /// A request; without descriptors unless they are given.
    package init(
        executable: String, arguments: [String], environment: [String],
        descriptors: [(source: CInt, target: CInt)] = [], newSession: Bool = false
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.newSession = newSession
    }
}
