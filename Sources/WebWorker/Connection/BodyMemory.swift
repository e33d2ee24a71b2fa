/// How many bytes of the bodies that arrive a worker has in memory, of all connections together. Belongs to the loop's
/// thread.
///
/// A slow client may take hours for a body, and there may be as many of them as connections. So a body that would exceed
/// the limit goes on in a file without a name, like bodies that are kept for slow peers, and counts for their budget. To
/// stop reading it instead would leave those who are honest waiting for those who are slow on purpose; to refuse it would
/// fail them. Only when there is no room in files either is a body refused, with 503.
///
/// What is not counted: 64 KiB of each body that is in a file, and bodies that are whole, which are their handlers'. Of
/// those `maxBlockingHandlers` and `maxWaitingBodyBytes` are the limits.
final class BodyMemory {
    let limit: Int
    fileprivate(set) var used = 0
    private let directory: String
    private let files: SpoolBudget

    /// Memory for so many bytes, and files in a directory for what exceeds them.
    init(limit: Int, directory: String, _ files: SpoolBudget) {
        self.limit = limit
        self.directory = directory
        self.files = files
    }

    /// Counts one number of bytes in the place of another; false when they are too many, and nothing has changed. A body
    /// that is there alone is never too much.
    func count(_ bytes: Int, insteadOf counted: Int) -> Bool {
        guard bytes <= counted || used == counted || used - counted + bytes <= limit else { return false }
        used += bytes - counted
        return true
    }

    /// A place for a body that is too much.
    func makeSpool() -> Spool { Spool(in: directory, files) }
}
