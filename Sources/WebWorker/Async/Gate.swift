internal import Synchronization

/// Something that tasks wait at until it is open. It may be opened and closed again and again, by any thread; once it has
/// failed it stays so, and everybody who waits or comes gets the error.
final class Gate: Sendable {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    private struct State {
        var isOpen: Bool
        var failure: (any Error)?
        var waiters: [Int: Waiter] = [:]
        /// Waits that were cancelled before they had begun.
        var cancelled: Set<Int> = []
        var waits = 0
    }

    private let state: Mutex<State>

    init(isOpen: Bool) { state = Mutex(State(isOpen: isOpen)) }

    /// Lets all through who wait, and who come until it is closed.
    func open() {
        let waiters = state.withLock { state -> [Waiter] in
            state.isOpen = true
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Has those wait who come from now on.
    func close() { state.withLock { $0.isOpen = false } }

    /// Fails for good; the first failure counts.
    func fail(_ error: any Error) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.failure == nil else { return [] }
            state.failure = error
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

    /// Waits until it is open. Throws what it failed with, and CancellationError when the task is cancelled meanwhile.
    func wait() async throws {
        let id = try state.withLock { state throws -> Int? in
            if let failure = state.failure { throw failure }
            if state.isOpen { return nil }
            state.waits += 1
            return state.waits
        }
        guard let id else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in begin(id, waiter) }
        } onCancel: {
            cancel(id)
        }
    }

    private func begin(_ id: Int, _ waiter: Waiter) {
        let result = state.withLock { state -> Result<Void, any Error>? in
            if let failure = state.failure { return .failure(failure) }
            if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
            if state.isOpen { return .success(()) }
            state.waiters[id] = waiter
            return nil
        }
        if let result { waiter.resume(with: result) }
    }

    private func cancel(_ id: Int) {
        let waiter = state.withLock { state -> Waiter? in
            if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
            // Not begun yet, or let through already: then the number is never looked at, and there are few.
            state.cancelled.insert(id)
            return nil
        }
        waiter?.resume(throwing: CancellationError())
    }
}
