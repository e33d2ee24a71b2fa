internal import Linux

/// Bytes between a side that gives them and a slower one that takes them: up to 64 KiB in memory, more in a file without a
/// name. Belongs to the loop's thread.
final class Spool {
    /// Beyond so many bytes the content moves to the file.
    static let memoryBytes = 64 * 1024

    private let budget: SpoolBudget
    private let directory: String
    private var file: FileDescriptor?
    /// Bytes in the file; those in `memory` follow them.
    private var fileBytes = 0
    private var memory: [UInt8] = []
    private var taken = 0

    /// An empty one, whose files are in a directory and count for a budget.
    init(in directory: String, _ budget: SpoolBudget) {
        self.directory = directory
        self.budget = budget
    }

    deinit {
        budget.used -= fileBytes
        if file != nil { budget.openFiles -= 1 }
    }

    var count: Int { fileBytes + memory.count - taken }
    var isEmpty: Bool { count == 0 }

    /// Puts a piece behind what is there. When that cannot go into a file it is kept in memory all the same, and the error
    /// says so: no more should come then.
    func append(_ piece: Span<UInt8>) throws(SystemError) {
        piece.append(0..<piece.count, to: &memory)
        if memory.count > Self.memoryBytes { try moveToFile() }
    }

    private func moveToFile() throws(SystemError) {
        guard budget.used + memory.count <= budget.limit else {
            throw SystemError(
                call: "bodies", errno: .noSpace, subject: "more than \(budget.limit) bytes wait for slow peers")
        }
        if file == nil {
            file = try Files.temporary(in: directory)
            budget.openFiles += 1
        }
        try file?.writeAll(memory, at: fileBytes)
        budget.used += memory.count
        fileBytes += memory.count
        // What came at once, and was large, leaves no large buffer behind.
        if memory.capacity > 4 * Self.memoryBytes { memory = [] } else { memory.removeAll(keepingCapacity: true) }
    }

    /// Bytes of memory that it occupies, used or not.
    var capacity: Int { memory.capacity }

    /// Takes the oldest bytes, `limit` at most; none when nothing waits.
    func take(upTo limit: Int) throws(SystemError) -> [UInt8] {
        let piece: [UInt8]
        if taken < fileBytes, let content = try file?.read(at: taken, count: min(limit, fileBytes - taken)) {
            guard !content.isEmpty else { throw SystemError(call: "pread", errno: .inputOutput, subject: directory) }
            piece = content
        } else {
            let start = taken - fileBytes
            piece = Array(memory[start..<start + min(limit, memory.count - start)])
        }
        taken += piece.count
        if isEmpty { empty() }
        return piece
    }

    /// All was taken: the room is used again.
    private func empty() {
        memory = []
        taken = 0
        guard fileBytes > 0 else { return }
        budget.used -= fileBytes
        fileBytes = 0
        file = nil
        budget.openFiles -= 1
    }
}

/// The disk space that a worker's spools take together. Belongs to the loop's thread.
final class SpoolBudget {
    let limit: Int
    fileprivate(set) var used = 0
    fileprivate(set) var openFiles = 0

    init(limit: Int) { self.limit = limit }
}
