/// What the deploy under way must know of its generation.
enum GenerationNews: Equatable, Sendable {
    /// All workers are ready, and probes decide now.
    case ready
    /// It may serve.
    case proven
    /// It will not come to serve.
    case failed(Failure)
    /// It lost a worker after it had been steered to.
    case lost(LostWorker)
}

/// What a transition of a generation brings: effects for the loop, news for the deploy.
struct GenerationStep: Equatable, Sendable {
    var effects: [Effect] = []
    var news: [GenerationNews] = []

    static func += (left: inout GenerationStep, right: GenerationStep) {
        left.effects += right.effects
        left.news += right.news
    }

    static func + (left: GenerationStep, right: GenerationStep) -> GenerationStep {
        GenerationStep(effects: left.effects + right.effects, news: left.news + right.news)
    }
}
