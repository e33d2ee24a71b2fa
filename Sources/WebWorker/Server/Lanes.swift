internal import Handoff
internal import Linux

/// The sockets that connections are taken from.
struct Lanes {
    /// Connections that a turn takes from a lane: few, so that workers that share it share its load.
    private static let batch = 8

    /// By the places that their tokens name; nil: one that was left.
    private var lanes: [Lane?]
    /// While the process is out of descriptors or memory: nothing is accepted, and no lane is watched.
    private var rest = Rest()
    private var throttle = Throttle()
    private var earlyReads = EarlyReads()

    init(_ lanes: [Lane]) { self.lanes = lanes }

    var nextDeadline: Int64 { rest.end }

    /// Begins to wait for connections. EPOLLEXCLUSIVE: one connection wakes one worker.
    func watch(_ epoll: borrowing Epoll) throws(SystemError) {
        for (index, lane) in lanes.enumerated() {
            guard let lane else { continue }
            try epoll.add(lane.socket.number, [.readable, .exclusive], token: Source.firstLane + UInt64(index))
        }
    }

    /// Takes connections from a lane and serves what they brought.
    mutating func accept(from index: Int, _ turn: inout Turn) {
        guard let lane = lanes[index] else { return }
        for _ in 0..<Self.batch {
            switch lane.socket.accept() {
            case .accepted(let socket): admit(socket, isTLS: lane.isTLS, &turn)
            case .wouldBlock: return
            case .failed(.invalid) where turn.isDraining:
                // A master that stops has taken the lane out of service: nobody comes there any more.
                return leave(index, &turn)
            case .failed(let errno):
                guard Self.needsRest(errno) else { continue }
                return beginRest(because: errno, turn)
            }
        }
    }

    /// Takes all that the lanes have, and tells whether there was nothing.
    mutating func acceptAll(_ turn: inout Turn) -> Bool {
        var isEmpty = true
        for index in lanes.indices where !acceptAll(from: index, &turn) { isEmpty = false }
        return isEmpty
    }

    private mutating func acceptAll(from index: Int, _ turn: inout Turn) -> Bool {
        guard let lane = lanes[index] else { return true }
        var isEmpty = true
        while case .accepted(let socket) = lane.socket.accept() {
            isEmpty = false
            admit(socket, isTLS: lane.isTLS, &turn)
        }
        return isEmpty
    }

    private mutating func admit(_ socket: consuming Socket, isTLS: Bool, _ turn: inout Turn) {
        let connection = turn.register(socket, isTLS ? turn.tls.map { TLSTransport($0) } : nil)
        turn.scoreboard.add(.accepted)
        if earlyReads.shallTry() {
            earlyReads.tried(connection.receive(&turn))
        } else {
            connection.settle(&turn)
        }
    }

    /// Leaves the lanes that other generations accept from too, or all of them.
    mutating func leave(all: Bool, _ turn: inout Turn) {
        for index in lanes.indices where all || lanes[index]?.isShared == true { leave(index, &turn) }
    }

    /// Stops waiting for connections of a lane that others serve, takes what is there, and lets go of it. When there are
    /// no others (a worker that was started by hand) its port is closed by that: nobody waits where nobody comes.
    private mutating func leave(_ index: Int, _ turn: inout Turn) {
        guard let lane = lanes[index] else { return }
        // Not watched while accepting rests; then there is nothing to end. Others may hold the same open file, so closing
        // would not end it.
        try? turn.epoll.remove(lane.socket.number)
        // A connection that woke only us is ours.
        _ = acceptAll(from: index, &turn)
        lanes[index] = nil
    }

    private static func needsRest(_ errno: Errno) -> Bool {
        errno == .tooManyOpenFiles || errno == .tooManyOpenFilesInSystem || errno == .noMemory
            || errno == .invalid  // Somebody shut the lane down; the master lets it listen again.
    }

    /// The lanes would be ready at once again, for nothing: leave them to other workers for a moment.
    private mutating func beginRest(because errno: Errno, _ turn: borrowing Turn) {
        guard !rest.isOn else { return }
        rest.begin(at: turn.now)
        for lane in lanes { if let lane { try? turn.epoll.remove(lane.socket.number) } }
        guard throttle.passes(at: turn.now) else { return }
        StandardError.line("WebWorker: cannot accept: \(errno): trying every \(Rest.milliseconds) ms")
    }

    mutating func endRest(_ turn: inout Turn) {
        guard rest.isOver(at: turn.now) else { return }
        do throws(SystemError) { try watch(turn.epoll) } catch { StandardError.line("WebWorker: lane: \(error)") }
    }
}
