internal import CLinux
internal import Glibc

/// A count that another thread raises and this one waits for, with a limit by the monotonic clock. (The waits of Dispatch go
/// by the time of day on Linux: one that is set back while somebody waits makes the wait longer by as much.)
///
/// Source: sem_overview(7).
///
/// Its memory is the C library's, which is made for several threads.
@safe final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    /// The count is 0.
    init() {
        guard unsafe sem_init(semaphore, 0, 0) == 0 else { fatalError("sem_init: \(errno)") }
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Raises the count. The corresponding C function is `sem_post`.
    func signal() { unsafe sem_post(semaphore) }

    /// Waits until the count is above 0, and lowers it; false when it was not in time. The corresponding C function is
    /// `sem_clockwait` with CLOCK_MONOTONIC.
    func wait(_ limit: Duration) -> Bool {
        let deadline = Int64((MonotonicClock.now() + limit) / .nanoseconds(1))
        while unsafe clinux_semaphore_wait(semaphore, deadline) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }
}
