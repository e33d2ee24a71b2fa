internal import Linux

/// The room that a directory takes on its disk with all that is in it, as du(1) counts: files with several names once, and
/// without what links lead to.
package struct TreeSize: Equatable, Sendable {
    /// A directory with more entries is not counted to its end.
    private static let maxEntries = 1_000_000

    package private(set) var bytes = 0
    /// False: some of it could not be read, or there is too much.
    package private(set) var isComplete = true

    /// Counts; blocks for as long as the file system takes.
    package init(of root: String) {
        var seen: Set<[UInt64]> = []
        var rest = [root]
        var entries = 0
        while let path = rest.popLast() {
            entries += 1
            guard entries <= Self.maxEntries, let status = try? Files.status(path, followingLinks: false) else {
                isComplete = false
                continue
            }
            guard status.links == 1 || status.kind == .directory || seen.insert([status.device, status.inode]).inserted
            else { continue }
            bytes += status.allocated
            guard status.kind == .directory else { continue }
            guard let names = try? Files.list(path) else {
                isComplete = false
                continue
            }
            rest += names.map { Paths.join(path, $0) }
        }
    }
}
