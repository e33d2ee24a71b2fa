/// What users have got while a generation was watched.
package struct WatchSummary: Equatable, Codable, Sendable {
    /// Answers of a generation, and how many of them were 5xx.
    package struct Share: Equatable, Codable, Sendable {
        package let errors: Int
        package let answers: Int
    }

    /// The new generation's since the watch began; nil: its workers do not count.
    package let new: Share?
    /// The old generation's, over its life; nil: its workers do not count.
    package let old: Share?
    /// Connections on which the new one's answers may have gone: taken from the lane, or handed over by the old one.
    package let connections: Int
    /// Connections that wait to be accepted.
    package let queue: Int

    init(_ looks: Looks, queue: Int) {
        let gain = looks.last?.new(since: looks.first)
        new = gain.map { Share(errors: $0.serverErrors, answers: $0.answers) }
        self.old = looks.last?.old.map { Share(errors: max(0, $0.serverErrors), answers: max(0, $0.answers)) }
        connections = gain.map { $0.accepted + $0.adopted } ?? 0
        self.queue = queue
    }
}

extension WatchSummary {
    /// The figures under way, with the names of both generations: "v2: 3 of 412 answers 5xx, v1: 2 of 9,120; not enough to
    /// tell; 0 connections wait".
    ///
    /// - Parameter awaited: so many answers are waited for beyond the time of the watch; nil: it is not over yet.
    package func words(new name: String, old oldName: String, awaited: Int? = nil) -> String {
        var words: [String] = []
        if let new {
            let share = "\(name): \(CountText.grouped(new.errors)) of \(CountText.grouped(new.answers)) answers 5xx"
            words.append(share + (old.map { ", \(oldName): \($0.words)" } ?? ""))
            words.append(isWorse ? "not enough to tell" : new.answers == 0 ? "no user seen yet" : "no worse so far")
        }
        if let awaited { words.append("waiting for \(CountText.of(awaited, "answer"))") }
        words.append(queue == 1 ? "1 connection waits" : "\(CountText.grouped(queue)) connections wait")
        return words.joined(separator: "; ")
    }

    /// Whether the new generation's share of 5xx is larger than the old one's.
    private var isWorse: Bool {
        guard let new, new.errors > 0 else { return false }
        guard let old, old.answers > 0 else { return true }
        return Double(new.errors) * Double(old.answers) > Double(old.errors) * Double(new.answers)
    }
}

extension WatchSummary.Share {
    fileprivate var words: String { "\(CountText.grouped(errors)) of \(CountText.grouped(answers))" }
}
