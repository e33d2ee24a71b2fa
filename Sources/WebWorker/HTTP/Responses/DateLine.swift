/// The Date field of all answers of one second, formatted once (RFC 9110 section 6.6.1).
struct DateLine {
    /// `Date: …` with its line end.
    private(set) var bytes: [UInt8] = []
    private var second = Int.min

    /// Makes the line right for a moment in seconds since 1970.
    mutating func update(to now: Int) {
        guard now != second else { return }
        second = now
        bytes.removeAll(keepingCapacity: true)
        bytes.append(ascii: "Date: ")
        HTTPDate.append(now, to: &bytes)
        bytes.append(ascii: "\r\n")
    }
}
