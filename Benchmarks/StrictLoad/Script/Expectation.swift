/// What a good answer is, by its status and body.
struct Expectation {
    private let statuses: [ClosedRange<Int>]
    private let bodies: [[UInt8]]
    /// How much of a body must be kept to judge it, and to show it.
    let maxBodyBytes: Int

    init(plan: LoadPlan) {
        statuses = plan.expectedStatus
        bodies = plan.expectedBodies
        let longest = plan.expectedBodies.map(\.count).max() ?? 0
        maxBodyBytes = max(VersionNames.maxBytes + 2, longest, plan.mode == .post ? plan.bodyByteCount : 0)
    }

    /// What is wrong with an answer; nil when it is good.
    ///
    /// - Parameter echo: the bytes that the body must be, for a POST.
    func failure(of answer: borrowing ResponseParser, echo: Span<UInt8>?) -> FailureKind? {
        let status = answer.status
        guard statuses.contains(where: { $0.contains(status) }) else { return .wrongStatus }
        if let echo { return answer.hasBody(echo) ? nil : .wrongBody }
        guard !bodies.isEmpty else { return nil }
        for body in bodies where answer.hasBody(body.span) { return nil }
        return .wrongBody
    }
}

extension ResponseParser {
    /// Whether the whole body is `wanted`, which is at most as long as what is kept.
    fileprivate borrowing func hasBody(_ wanted: Span<UInt8>) -> Bool {
        guard bodyByteCount == wanted.count, body.count == wanted.count else { return false }
        for index in 0..<wanted.count where body[index] != wanted[index] { return false }
        return true
    }
}
