/// The bytes that wait for one client. It never grows beyond `ControlLimits.maxQueuedBytes`, but that a single event
/// of any size may go into an empty one, and the last event behind that.
struct ControlOutbox {
    enum Admission: Equatable {
        case queued
        /// The client reads too slowly: the event is lost to it, and it will be told how many were.
        case leftOut
        /// Not even the last event finds room: the client cannot be served.
        case overflow
    }

    private(set) var bytes: [UInt8] = []
    /// Bytes at the front that the kernel has taken.
    private(set) var sent = 0
    private var leftOut = 0

    /// Bytes that are not sent yet.
    var count: Int { bytes.count - sent }
    var isEmpty: Bool { count == 0 }

    /// Queues an event behind those that wait, and before it the number of those that were left out.
    mutating func queue(_ event: ControlEvent) -> Admission {
        let room = ControlLimits.maxQueuedBytes - (event.isLast ? 0 : ControlLimits.reservedForLastEvent)
        var line = ControlLine.encode(event)
        if leftOut > 0 {
            let note = "\(leftOut) events were left out, because this client reads too slowly"
            line = ControlLine.encode(.note(note)) + line
        }
        let isShortLast = event.isLast && line.count <= ControlLimits.reservedForLastEvent
        guard isEmpty || isShortLast || count + line.count <= room else {
            if event.isLast { return .overflow }
            leftOut += 1
            return .leftOut
        }
        leftOut = 0
        bytes.append(contentsOf: line)
        return .queued
    }

    /// Forgets what the kernel has taken.
    mutating func advance(by taken: Int) {
        sent += taken
        if isEmpty {
            bytes = []
            sent = 0
        } else if sent > ControlLimits.maxQueuedBytes / 2 {
            bytes = Array(bytes[sent...])
            sent = 0
        }
    }
}
