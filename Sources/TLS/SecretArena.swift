internal import CLinux
internal import Linux

/// Memory for secrets: pages that no core dump has (MADV_DONTDUMP of madvise(2)), lent in slots that are wiped when they come back.
/// For one thread.
@safe
package final class SecretArena {
    /// The bytes of a slot: the keys of both directions.
    static let slotBytes = 2 * TrafficKeys.byteCount
    private static let chunkBytes = 64 * 1024

    private var free: [UnsafeMutableRawPointer]
    private var chunks: [UnsafeMutableRawPointer]

    /// Memory of which nothing is taken yet. Who has a slot keeps the arena.
    package init() {
        unsafe free = []
        unsafe chunks = []
    }

    deinit {
        for index in unsafe chunks.indices {
            let chunk = unsafe chunks[index]
            unsafe Memory.wipe(UnsafeMutableRawBufferPointer(start: chunk, count: Self.chunkBytes))
            unsafe clinux_free_secret_pages(chunk, Self.chunkBytes)
        }
    }

    /// A slot of zeros, until ``giveBack(_:)``.
    func take() -> UnsafeMutableRawPointer {
        if unsafe free.isEmpty { grow() }
        return unsafe free.removeLast()
    }

    func giveBack(_ slot: UnsafeMutableRawPointer) {
        unsafe Memory.wipe(UnsafeMutableRawBufferPointer(start: slot, count: Self.slotBytes))
        unsafe free.append(slot)
    }

    private func grow() {
        guard let chunk = unsafe clinux_secret_pages(Self.chunkBytes) else { fatalError("no memory for a secret") }
        unsafe chunks.append(chunk)
        for start in stride(from: 0, to: Self.chunkBytes - Self.slotBytes + 1, by: Self.slotBytes) {
            unsafe free.append(chunk + start)
        }
    }
}
