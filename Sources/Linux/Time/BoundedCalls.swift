internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Calls that have not come back in time, in the whole process.
private let hangingInAll = Atomic<Int>(0)

/// Makes calls that may wait for as long as somebody else likes, each on a thread of its own, and waits for each only a
/// moment.
///
/// Whoever holds the same open socket or file as this process can hold the kernel's lock of it for as long as he likes (a
/// call whose argument lies in a file system of his own), and the next call waits for that in a way that no signal ends.
/// Source: net/core/sock.c, __lock_sock; Documentation/filesystems/locking.rst, i_rwsem.
///
/// One for each such object, so that nobody is held up by another one's. The thread is Dispatch's, which makes one for each
/// serial queue although those of others wait.
package final class BoundedCalls: Sendable {
    /// So long a call is waited for. On a busy machine a thread may not get its turn sooner.
    package static let patience = Duration.milliseconds(250)

    private let queue = DispatchQueue(label: "bounded calls")
    private let isHanging = Atomic<Bool>(false)
    /// The thread on which a call is being made.
    private let thread = Mutex<pthread_t?>(nil)

    /// None has been made yet. There is no thread yet.
    package init() {}

    /// A call has not come back yet, and is not awaited any longer: none is made until it has.
    package var isHeldUp: Bool { isHanging.load(ordering: .acquiring) }

    /// A call in this process has not come back: execve(2) may wait for it.
    package static var isBusy: Bool { hangingInAll.load(ordering: .acquiring) > 0 }

    /// Makes a call. What it uses must be its own: it may outlive whoever asked for it.
    ///
    /// - Parameters:
    ///   - body: the call.
    ///   - late: takes what it came to when nobody waited any longer, on the other thread.
    /// - Returns: nil: it did not come back in time, or one before has not, and it was not made.
    package func call<Answer: Sendable>(
        within limit: Duration = patience, _ body: @escaping @Sendable () -> Answer,
        late: @escaping @Sendable (Answer) -> Void = { _ in }
    ) -> Answer? {
        guard !isHeldUp else {
            interrupt()
            return nil
        }
        let reply = Reply<Answer>()
        queue.async {
            let answer = self.interruptible(body)
            guard !reply.give(answer) else { return }
            late(answer)
            hangingInAll.subtract(1, ordering: .releasing)
            self.isHanging.store(false, ordering: .releasing)
        }
        return reply.wait(limit) {
            isHanging.store(true, ordering: .releasing)
            hangingInAll.add(1, ordering: .releasing)
        }
    }
}

extension BoundedCalls {
    /// Ends a wait that a signal ends (the call says EINTR then); one for a lock goes on. A signal may come before the call that
    /// it is to interrupt, so this is done again at each attempt to make another.
    private func interrupt() {
        thread.withLock { thread in
            if let thread { _ = pthread_kill(thread, SIGALRM) }
        }
    }

    private func interruptible<Answer>(_ body: () -> Answer) -> Answer {
        // Without SA_RESTART, so that it interrupts. (Dispatch's threads have signals blocked.)
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        unsafe sigaction(SIGALRM, &action, nil)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGALRM)
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        thread.withLock { $0 = pthread_self() }
        let answer = body()
        thread.withLock { $0 = nil }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        return answer
    }
}

/// The answer of another thread, for one that waits with a time limit.
final class Reply<Answer: Sendable>: Sendable {
    private enum State {
        case awaited
        case given(Answer)
        case abandoned
    }

    private let state = Mutex(State.awaited)
    private let isThere = Semaphore()

    /// Says it; false when nobody waits any longer.
    @discardableResult
    func give(_ answer: Answer) -> Bool {
        let isAwaited = state.withLock { state in
            guard case .awaited = state else { return false }
            state = .given(answer)
            return true
        }
        isThere.signal()
        return isAwaited
    }

    /// Waits; nil when nothing was said in time: then `abandoning` has been done before that can be noticed.
    func wait(_ limit: Duration, abandoning: () -> Void = {}) -> Answer? {
        _ = isThere.wait(limit)
        return state.withLock { state in
            if case .given(let answer) = state { return answer }
            abandoning()
            state = .abandoned
            return nil
        }
    }
}
