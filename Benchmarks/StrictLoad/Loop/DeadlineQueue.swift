/// One deadline for each of many clients, and which comes first.
///
/// A client's deadline moves with every request and mostly away from now, so the heap keeps one entry for a client and
/// looks at where its deadline went only when the entry's own time has come: moving a deadline away costs one store.
struct DeadlineQueue {
    private struct Entry {
        let time: Nanoseconds
        let client: Int
    }

    private static let never = Nanoseconds.max

    private var heap: [Entry] = []
    private var deadlines: [Nanoseconds]
    /// The time of the entry that speaks for the client; other entries of the client are stale.
    private var entryTimes: [Nanoseconds]

    init(clients: Int) {
        deadlines = Array(repeating: Self.never, count: clients)
        entryTimes = deadlines
    }

    /// The time at which to ask `popDue` again; nil when no client has a deadline. It may be too early.
    var next: Nanoseconds? { heap.first?.time }

    /// Sets the only deadline of `client`.
    mutating func set(_ time: Nanoseconds, for client: Int) {
        deadlines[client] = time
        if time < entryTimes[client] { push(time, client) }
    }

    /// Leaves `client` without a deadline.
    mutating func clear(_ client: Int) {
        deadlines[client] = Self.never
    }

    /// A client whose deadline has passed, which has none from then on; nil when there is no more.
    mutating func popDue(at now: Nanoseconds) -> Int? {
        while let first = heap.first, first.time <= now {
            removeFirst()
            guard first.time == entryTimes[first.client] else { continue }
            let deadline = deadlines[first.client]
            entryTimes[first.client] = Self.never
            if deadline <= now {
                deadlines[first.client] = Self.never
                return first.client
            }
            if deadline < Self.never { push(deadline, first.client) }
        }
        return nil
    }

    private mutating func push(_ time: Nanoseconds, _ client: Int) {
        entryTimes[client] = time
        heap.append(Entry(time: time, client: client))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].time < heap[least].time { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
