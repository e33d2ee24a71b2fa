/// What the master goes by: what `deployd.json` said when it was read last. Only a reload changes it.
final class CurrentSettings {
    let surroundings: Surroundings
    var configuration: Configuration { didSet { layout = ReleaseLayout(configuration) } }
    private(set) var layout: ReleaseLayout

    init(_ configuration: Configuration, _ surroundings: Surroundings) {
        self.configuration = configuration
        self.surroundings = surroundings
        layout = ReleaseLayout(configuration)
    }
}
