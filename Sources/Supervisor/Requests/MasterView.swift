internal import DeployCore
internal import Handoff
internal import Linux

/// What is known of the generations, by the machine and beside it. The parts that tell people of them read it, and act by what
/// they return.
protocol MasterView: AnyObject {
    var machine: Machine { get }
    var releases: GenerationReleases { get }
    /// A generation as people call it: "generation 3 (v2)".
    func name(_ generation: GenerationNumber) -> String
    /// The release that a generation runs; for a new one, the release of the deploy that started it.
    func runnable(_ generation: GenerationNumber) -> RunnableRelease?
    /// The counters of a generation's web workers together; nil if none of them counts.
    func scoreboard(of generation: GenerationNumber) -> ScoreboardSnapshot?
    /// What the kernel has counted of a generation whose web workers do not; nil: nothing, or nothing yet.
    func kernelCounts(of generation: GenerationNumber) -> AnswerCounts?
    /// Why neither does, as a clause; nil: one of them does, or it is not known yet.
    func countingObstacle(of generation: GenerationNumber) -> String?
    var counters: [GenerationNumber: GenerationCounters] { get }
    /// The connections that a generation's workers have taken, and those that wait.
    func counts(of generation: GenerationNumber) -> GenerationCounts
}
