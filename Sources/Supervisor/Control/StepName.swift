internal import DeployCore

/// The name of a step of a deploy. Open, so that an older client can show the steps of a newer master.
package struct StepName: RawRepresentable, Codable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The manifest, the command, the user, the paths.
    package static let checking = StepName(rawValue: "checking")
    /// The release's `before` hook.
    package static let beforeHook = StepName(rawValue: "before hook")
    /// The new generation's lanes and processes are started.
    package static let booting = StepName(rawValue: "booting")
    /// Every worker said that it is ready.
    package static let ready = StepName(rawValue: "ready")
    /// Requests on the new lane.
    package static let probing = StepName(rawValue: "probing")
    /// A share of new connections enters the new generation. A cancel that comes later is too late.
    package static let canary = StepName(rawValue: "canary")
    /// New connections enter the new generation from here on. A cancel that comes later is too late.
    package static let cutOver = StepName(rawValue: "cut-over")
    /// The old generation stays warm.
    package static let watching = StepName(rawValue: "watching")
    /// Journal, history, the `current` link.
    package static let committing = StepName(rawValue: "committing")
    /// The old generation gets new connections again.
    package static let steeringBack = StepName(rawValue: "steering back")
    /// The release's `after` hook.
    package static let afterHook = StepName(rawValue: "after hook")
    /// The release's `failure` hook.
    package static let failureHook = StepName(rawValue: "failure hook")
}

extension DeployStep {
    /// The step as the control protocol calls it.
    var name: StepName {
        switch self {
        case .beforeHook: .beforeHook
        case .booting: .booting
        case .probing: .probing
        case .canary: .canary
        case .cuttingOver: .cutOver
        case .watching: .watching
        case .committing: .committing
        case .undoing: .steeringBack
        case .afterHook: .afterHook
        case .failureHook: .failureHook
        }
    }
}
