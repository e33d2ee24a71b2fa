internal import DeployCore
internal import Linux
internal import Supervisor

/// A moment in the past, as people type it.
enum SinceText {
    /// The moment in seconds since 1970-01-01 UTC; nil: the text is none.
    ///
    /// - Parameters:
    ///   - text: how long ago ("10m"), a time of today ("14:00"), a local date with or without a time ("2026-12-01 14:00"), or
    ///     RFC 3339.
    ///   - now: in seconds since 1970-01-01 UTC.
    static func moment(_ text: String, now: Int, in calendar: some LocalCalendar) -> Int? {
        if let duration = try? Durations.parse(text) { return now - Int(duration.components.seconds) }
        var words = text.split { $0 == " " || $0 == "T" }.map(String.init)
        guard (1...2).contains(words.count) else { return nil }
        let isUTC = words[words.count - 1].hasSuffix("Z")
        if isUTC { words[words.count - 1].removeLast() }
        let day: Int
        if words[0].contains("-") {
            guard let written = self.day(words.removeFirst()) else { return nil }
            day = written
        } else {
            guard words.count == 1 else { return nil }
            let today = now + (isUTC ? 0 : calendar.offset(at: now))
            day = today - (today % 86400 + 86400) % 86400
        }
        guard let time = words.first.map(seconds) ?? 0 else { return nil }
        return isUTC ? day + time : calendar.first(day + time)
    }

    /// "2026-12-01" in seconds.
    private static func day(_ text: String) -> Int? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let moment = WallClock.parse("\(text)T00:00:00"),
            // 31 November would be 1 December.
            WallClock.text(moment).hasPrefix(text)
        else { return nil }
        return Int(moment.components.seconds)
    }

    /// "14:00", "14:00:30" in seconds.
    private static func seconds(_ text: String) -> Int? {
        let whole = text.split(separator: ".", maxSplits: 1).first ?? ""
        let parts = whole.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.count == 2 ? Int($0) : nil }
        guard (2...3).contains(parts.count), numbers.count == parts.count, (0..<24).contains(numbers[0]),
            numbers.dropFirst().allSatisfy((0..<60).contains)
        else { return nil }
        return numbers[0] * 3600 + numbers[1] * 60 + (numbers.count > 2 ? numbers[2] : 0)
    }
}
