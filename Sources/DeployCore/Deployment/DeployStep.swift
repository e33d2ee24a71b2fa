// The words for how far a deploy has come. Users see steps; a later master needs the state within a step.

/// The steps of a deploy, in order.
package enum DeployStep: String, Codable, Equatable, Sendable, CaseIterable {
    /// State saved, and the release's `before` hook.
    case beforeHook
    /// State saved, lanes opened, workers started; until all are ready.
    case booting
    /// Until enough probes were answered in a row.
    case probing
    /// Both generations serve: the new one a share.
    case canary
    /// State saved, new connections steered.
    case cuttingOver
    /// The new generation serves, the old one is warm.
    case watching
    /// History and link.
    case committing
    /// New connections are steered back.
    case undoing
    /// The release's `after` hook.
    case afterHook
    /// The release's `failure` hook.
    case failureHook
}

/// The states of a deploy, without what changes inside them, by the parts of its way.
package enum DeployStage: String, Codable, Equatable, Sendable, CaseIterable {
    // DeployProof
    case saving, preparing, abandoning, booting, probing, savingCutOver
    // DeployExposure
    case steeringShare, canary, steering, watching
    // DeployDecision
    case committing, undoing
    // DeployConclusion
    case concluding, over
}
