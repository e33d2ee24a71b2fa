internal import TLS

/// The settings of the master: those of `deployd.json` when it was read last. Only a reload changes them.
final class CurrentSettings {
    let surroundings: Surroundings
    var configuration: Configuration { didSet { layout = ReleaseLayout(configuration) } }
    private(set) var layout: ReleaseLayout
    /// What would refuse a restart of the release that serves, by these settings: a master that goes on with workers refuses
    /// nothing. Until the next deploy, or reload.
    var standing: [Problem] = []

    let file = SettingsFile()
    /// The file as it is by now would bring other settings, or be refused; nil: what is in effect is what it says.
    var ofFile: ProblemReport? { file.finding(configuration, surroundings) }

    /// What the certificates in use say.
    var certificates: [Certificate] = []

    init(_ configuration: Configuration, _ surroundings: Surroundings) {
        self.configuration = configuration
        self.surroundings = surroundings
        layout = ReleaseLayout(configuration)
    }
}
