internal import Linux

/// Whether a configuration and a release can run as a service: what is well at a terminal may be closed to a unit.
enum ServiceCheck {
    /// A line for each thing that would keep a service from working. It is one for nobody else: a warning.
    ///
    /// - Parameter unit: the one that is installed; nil: none is.
    static func warnings(
        _ configuration: Configuration, _ release: ResolvedRelease?, file: String, unit: InstalledUnit?
    ) -> [String] {
        let written = release.map { WrittenPlaces($0.manifest, release: $0.path).all } ?? []
        let places = ServicePlaces(
            configuration, instance: ServiceUnit.instance(of: configuration), written: written)
        let never = places.problems(configuration, file: file).map { "as a service it cannot run: \($0)" }
        return never + (unit.map { warnings(of: $0, places) } ?? [])
    }

    private static func warnings(of unit: InstalledUnit, _ places: ServicePlaces) -> [String] {
        let sandbox = unit.sandbox
        let remedy = "`deployd unit` prints one that fits"
        let missing = sandbox.missing.map {
            "\(unit.file): ReadWritePaths= names \($0), which does not exist, so the service cannot start: make it; or "
                + remedy
        }
        let closed = places.all.filter { !sandbox.mayWrite($0) && !sandbox.missing.contains($0) }
        return missing
            + closed.map { "\(unit.file): the service may not write to \($0), which the site needs: \(remedy)" }
    }
}
