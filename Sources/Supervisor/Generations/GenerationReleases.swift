internal import DeployCore

/// The release of each generation, as it was when its deploy was requested.
final class GenerationReleases {
    private(set) var all: [GenerationNumber: RunnableRelease] = [:]

    subscript(generation: GenerationNumber) -> RunnableRelease? {
        get { all[generation] }
        set { all[generation] = newValue }
    }

    /// Gives a new generation its release: what its deploy asks for, or what another generation has of the same path, since a
    /// restart that stood in the queue starts what serves when its turn comes.
    func assign(_ generation: GenerationNumber, path: String, asked: RunnableRelease?) -> RunnableRelease? {
        let found = ([asked].compactMap(\.self) + all.values).first { $0.path == path }
        all[generation] = found
        return found
    }

    /// Takes over what an earlier master knew.
    func adopt(_ saved: [GenerationNumber: RunnableRelease]) { all = saved }

    func keep(where isWanted: (GenerationNumber) -> Bool) { all = all.filter { isWanted($0.key) } }

    /// A generation as people call it: "generation 3 (v2)".
    func name(_ generation: GenerationNumber) -> String {
        guard let release = all[generation] else { return "generation \(generation)" }
        return "generation \(generation) (\(release.label))"
    }
}
