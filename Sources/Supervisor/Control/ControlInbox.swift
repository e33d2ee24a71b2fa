/// Cuts what a client sends into lines, and never holds more than one line that is too long by a read.
struct ControlInbox {
    enum Line: Equatable {
        /// A whole line, without its newline or the carriage return before it.
        case complete([UInt8])
        case incomplete
        /// More than `ControlLimits.maxRequestBytes` without a newline, or before it.
        case tooLong
    }

    private var bytes: [UInt8] = []
    /// Bytes that are known to hold no newline, so that a slow sender is not scanned again and again.
    private var scanned = 0

    /// Nothing of a further line has come.
    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ received: ArraySlice<UInt8>) {
        bytes.append(contentsOf: received)
    }

    /// Takes the next line out. After `tooLong` there is nothing more to be had from this client.
    mutating func next() -> Line {
        guard let newline = bytes[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = bytes.count
            return bytes.count > ControlLimits.maxRequestBytes ? .tooLong : .incomplete
        }
        guard newline <= ControlLimits.maxRequestBytes else { return .tooLong }
        var line = bytes[..<newline]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let complete = Array(line)
        // A copy of the rest, so that the room of a long line is given back.
        bytes = Array(bytes[(newline + 1)...])
        scanned = 0
        return .complete(complete)
    }
}
