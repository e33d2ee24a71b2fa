internal import Linux

/// Says that files cannot be opened, and not for each request.
struct FileFailures {
    private var throttle = Throttle()

    /// The status for a file that cannot be opened; `now` in milliseconds of the monotonic clock.
    mutating func status(of error: FileTree.Failure, at now: Int64) -> Status {
        let status = error.answer
        guard throttle.passes(at: now) else { return status }
        StandardError.line(
            error.isPassing
                ? "WebWorker: files cannot be opened now, requests for them are answered with 503: \(error)"
                : "WebWorker: a file may not be read by user \(ThisProcess.uid), it is answered with 403: \(error)")
        return status
    }
}
