internal import CLinux

/// Compresses one body after another to the gzip format (RFC 1952). The same bytes in the same pieces give the same result. It has about
/// 256 KiB of memory; zlib's manual, zlib.h.
@safe package final class Deflater {
    /// What is to be had of a piece's compressed form at once.
    package enum Flush: CInt {
        /// What zlib gives by itself.
        case none = 0
        /// All of it can be decompressed.
        case sync = 2
        /// The body ends behind it.
        case finish = 4
    }

    /// Bytes that one call of zlib writes at most.
    private static let outBytes = 16 << 10

    private let state: OpaquePointer

    /// With a level from 1, the fastest, to 9. Nil if there is no memory.
    package init?(level: Int, _ library: ZLibrary) {
        guard let state = unsafe clinux_deflater_new(CInt(level)) else { return nil }
        unsafe self.state = state
    }

    deinit { unsafe clinux_deflater_free(state) }

    /// Makes it ready for another body, wherever it was in the last one. False: it cannot be used any more.
    package func reset() -> Bool { unsafe clinux_deflater_reset(state) == 1 }

    /// Compresses a piece, and appends what comes of it. False when zlib fails, which it does only if its memory was overwritten.
    package func append(_ piece: Span<UInt8>, _ flush: Flush, to out: inout [UInt8]) -> Bool {
        let compressed = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.outBytes) { area in
            unsafe piece.withUnsafeBufferPointer { unsafe run($0, flush, area, &out) }
        }
        return compressed
    }

    private func run(
        _ bytes: UnsafeBufferPointer<UInt8>, _ flush: Flush, _ area: UnsafeMutableBufferPointer<UInt8>,
        _ out: inout [UInt8]
    ) -> Bool {
        var used = 0
        while true {
            var (taken, written) = (bytes.count - used, area.count)
            let place = unsafe bytes.baseAddress.map { unsafe $0 + used }
            let result = unsafe clinux_deflater_run(state, place, &taken, area.baseAddress, &written, flush.rawValue)
            used += taken
            unsafe out.append(contentsOf: UnsafeBufferPointer(rebasing: area[..<written]))
            if result != 1 { return result == 2 && flush == .finish }
            // Room that is left says that there is nothing more to write.
            if written < area.count { return used == bytes.count && flush != .finish }
        }
    }
}
