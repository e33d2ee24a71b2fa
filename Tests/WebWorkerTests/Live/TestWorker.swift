import Dispatch
import Handoff
import Linux
import Synchronization

@testable import WebWorker

/// A worker's loop on a thread of its own, with a lane on a free port, and with the master's end of its control socket.
final class TestWorker: Sendable {
    let address: SocketAddress
    private let control: Socket
    private let listener: Socket
    private let finished = DispatchSemaphore(value: 0)
    private let ending = Mutex<WorkerLoop.Ending?>(nil)

    /// Starts `application`. With `isShared` the lane is one that other generations hold too.
    init(_ application: Application, isShared: Bool = false) throws {
        let listener = try Socket.stream(.v4)
        try listener.set(.reuseAddress, to: true)
        if !isShared { try listener.set(.reusePort, to: true) }
        try listener.bind(.v4(.loopback, port: 0))
        try listener.listen(backlog: 128)
        address = try listener.localAddress()
        let ends = try SocketPair(.datagram).ends()
        control = Socket(adopting: FileDescriptor(owning: ends.first))

        var inheritance = Inheritance()
        inheritance.lanes = [try Lane(inherited: Socket(adopting: listener.descriptor.duplicate()))]
        inheritance.control = ends.second
        self.listener = listener
        let (site, configuration, started) = (try application.openedSite(), application.configuration, inheritance)
        DispatchQueue(label: "worker under test").async {
            do throws(SystemError) {
                var loop = try WorkerLoop(site, configuration, started, signals: nil)
                let ending = try loop.run()
                self.ending.withLock { $0 = ending }
            } catch {
                fatalError("the worker under test failed: \(error)")
            }
            self.finished.signal()
        }
    }

    deinit { try? drain(requests: .zero) }

    /// Says DRAIN.
    func drain(requests: Duration, laneIsLive: Bool = false) throws {
        let message = ControlMessage.drain(requests: requests, upgrades: requests, laneIsLive: laneIsLive)
        _ = try control.sendMessage(message.bytes)
    }

    /// Waits for the loop's end; nil when it does not come within ten seconds.
    func waitForEnd() -> WorkerLoop.Ending? {
        _ = finished.wait(timeout: .now() + .seconds(10))
        return ending.withLock { $0 }
    }

    /// Whether the loop still runs now.
    var isRunning: Bool { ending.withLock { $0 == nil } }
}
