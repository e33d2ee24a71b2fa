/// A deploy under way.
package struct DeploymentReport: Codable, Equatable, Sendable {
    package var verb: ControlVerb
    package var release: String
    package var generation: Int
    package var step: StepName
    /// The age of the step.
    package var stepSeconds: Int
    /// Since the deploy began.
    package var seconds: Int
    /// The evidence of the watch so far: "v2: 3 of 812 answers 5xx, v1: 2 of 9,120; not enough to tell; 0 connections wait".
    package var evidence: String?
    /// The share of new connections that the new generation gets, in percent, while a canary is under way.
    package var canaryPercent: Int?
    /// What the person said of it; absent: nothing.
    package var message: String?

    package init(
        verb: ControlVerb, release: String, generation: Int, step: StepName, stepSeconds: Int, seconds: Int,
        evidence: String? = nil, canaryPercent: Int? = nil
    ) {
        self.verb = verb
        self.release = release
        self.generation = generation
        self.step = step
        self.stepSeconds = stepSeconds
        self.seconds = seconds
        self.evidence = evidence
        self.canaryPercent = canaryPercent
    }
}

/// The deploy that ended last.
package struct LastDeployReport: Codable, Equatable, Sendable {
    package var verb: ControlVerb
    package var release: String
    package var outcome: ControlOutcome
    /// Why, in one line; empty when it was committed.
    package var reason: String
    package var secondsAgo: Int
    /// From the request to the end.
    package var milliseconds: Double
    /// The name or number of the user who asked.
    package var user: String?
    /// What the person said of it; absent: nothing.
    package var message: String?

    package init(
        verb: ControlVerb, release: String, outcome: ControlOutcome, reason: String = "", secondsAgo: Int,
        milliseconds: Double, user: String? = nil, message: String? = nil
    ) {
        self.verb = verb
        self.release = release
        self.outcome = outcome
        self.reason = reason
        self.secondsAgo = secondsAgo
        self.milliseconds = milliseconds
        self.user = user
        self.message = message
    }
}
