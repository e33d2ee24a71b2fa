/// Dates as HTTP writes them: IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
///
/// The arithmetic is Howard Hinnant's ("chrono-compatible low-level date algorithms"): no locale, no time zone.
enum HTTPDate {
    private static let weekdays: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
    static let byteCount = 29

    /// Appends the date of a moment, in seconds since 1970-01-01 UTC, to `bytes`.
    static func append(_ seconds: Int, to bytes: inout [UInt8]) {
        let days = seconds.dividedRoundingDown(by: 86_400)
        let second = seconds - days * 86_400
        let (year, month, day) = civil(days)
        appendName(weekdays, (days % 7 + 7) % 7, to: &bytes)
        bytes.append(ascii: ", ")
        appendPair(day, to: &bytes)
        bytes.append(.space)
        appendName(months, month - 1, to: &bytes)
        bytes.append(.space)
        appendPair(year / 100, to: &bytes)
        appendPair(year % 100, to: &bytes)
        bytes.append(.space)
        appendPair(second / 3600, to: &bytes)
        bytes.append(.colon)
        appendPair(second / 60 % 60, to: &bytes)
        bytes.append(.colon)
        appendPair(second % 60, to: &bytes)
        bytes.append(ascii: " GMT")
    }

    /// The moment that the bytes in `range` name, or nil when they are no IMF-fixdate of a real day.
    static func parse(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        let start = range.lowerBound
        guard range.count == byteCount, bytes[start + 3] == .comma, bytes.equals(" GMT", at: start + 25..<start + 29),
            let month = monthNumber(start + 8, bytes), let day = number(start + 5, bytes),
            let century = number(start + 12, bytes), let year = number(start + 14, bytes),
            let hour = number(start + 17, bytes), let minute = number(start + 20, bytes),
            let second = number(start + 23, bytes),
            bytes[start + 19] == .colon, bytes[start + 22] == .colon, hour < 24, minute < 60, second < 61
        else { return nil }
        let days = self.days(year: century * 100 + year, month: month, day: day)
        guard civil(days) == (century * 100 + year, month, day) else { return nil }
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted.dividedRoundingDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.dividedRoundingDown(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func appendPair(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(0x30 + UInt8(number / 10 % 10))
        bytes.append(0x30 + UInt8(number % 10))
    }

    private static func appendName(_ names: StaticString, _ index: Int, to bytes: inout [UInt8]) {
        for place in index * 3..<index * 3 + 3 { unsafe bytes.append(names.utf8Start[place]) }
    }

    private static func number(_ place: Int, _ bytes: Span<UInt8>) -> Int? {
        guard let tens = bytes[place].decimalDigit, let ones = bytes[place + 1].decimalDigit else { return nil }
        return Int(tens) * 10 + Int(ones)
    }

    private static func monthNumber(_ place: Int, _ bytes: Span<UInt8>) -> Int? {
        (0..<12).first { month in
            (0..<3).allSatisfy { unsafe months.utf8Start[month * 3 + $0] == bytes[place + $0] }
        }.map { $0 + 1 }
    }
}

extension Int {
    /// The quotient, rounded towards minus infinity.
    fileprivate func dividedRoundingDown(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
