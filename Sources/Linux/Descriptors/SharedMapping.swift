import CLinux
import Glibc

/// A file in memory, shared with whoever maps it too; unmapped when the owner goes. Source: mmap(2).
@safe package struct SharedMapping: ~Copyable {
    private let base: UnsafeMutableRawPointer
    /// Its size in bytes.
    package let byteCount: Int

    /// Maps the first `byteCount` bytes of a file that is at least so long. The corresponding C function is `mmap`.
    package init(_ file: borrowing FileDescriptor, byteCount: Int, writable: Bool) throws(SystemError) {
        let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
        let result = unsafe mmap(nil, byteCount, protection, MAP_SHARED, file.number, 0)
        guard let result = unsafe result, unsafe result != MAP_FAILED else {
            throw SystemError(call: "mmap", errno: Errno.current)
        }
        unsafe base = result
        self.byteCount = byteCount
    }

    /// The 64-bit number at an index (in numbers, not bytes), read in one piece. Out of range traps.
    package borrowing func load(_ index: Int) -> UInt64 {
        precondition(index >= 0 && (index + 1) * 8 <= byteCount)
        return unsafe clinux_load(base.advanced(by: index * 8).assumingMemoryBound(to: UInt64.self))
    }

    /// Writes the 64-bit number at an index, in one piece. For one writer; out of range traps.
    package borrowing func store(_ index: Int, _ value: UInt64) {
        precondition(index >= 0 && (index + 1) * 8 <= byteCount)
        unsafe clinux_store(base.advanced(by: index * 8).assumingMemoryBound(to: UInt64.self), value)
    }

    /// The memory itself, lent for the mapping's life, for a writer that cannot afford a call a counter.
    @unsafe package var memory: UnsafeMutableRawPointer { unsafe base }

    deinit { unsafe munmap(base, byteCount) }
}
