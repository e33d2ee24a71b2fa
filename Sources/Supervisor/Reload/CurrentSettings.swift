/// The settings of the master: those of `deployd.json` when it was read last. Only a reload changes them.
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
