internal import Compression

/// The body of one answer on its way through the compressor. Belongs to the loop's thread.
final class BodyCompressor {
    private let deflater: Deflater
    private let compressors: Compressors
    /// So many bytes are still to be given; nil: nobody knows.
    private var missing: Int?
    private var input: [UInt8] = []
    private var used = 0
    /// All that was taken can be decompressed by the client.
    private var isFlushed = true
    /// Nothing more will be given.
    private(set) var isEnding = false
    /// The end is written.
    private(set) var isDone = false

    init(_ deflater: Deflater, length: Int?, _ compressors: Compressors) {
        self.deflater = deflater
        self.compressors = compressors
        missing = length
    }

    deinit { compressors.giveBack(deflater) }

    /// Bytes that are not compressed yet.
    var waiting: Int { input.count - used }
    /// There is something to be compressed, or the end to be written.
    var hasWork: Bool { waiting > 0 || !isFlushed || isEnding && !isDone }

    /// Keeps a piece until its turn comes. False if it is more than was announced.
    func keep(_ piece: Span<UInt8>) -> Bool {
        if let missing {
            guard piece.count <= missing else { return false }
            self.missing = missing - piece.count
        }
        if used > Compressors.pieceBytes {
            input.removeFirst(used)
            used = 0
        }
        piece.append(0..<piece.count, to: &input)
        isFlushed = false
        return true
    }

    /// Nothing more comes. False if more was announced.
    func end() -> Bool {
        guard missing ?? 0 == 0 else { return false }
        isEnding = true
        return true
    }

    /// Compresses what waits, as far as this turn's share goes, and appends it. What is behind it is not waited for: the client
    /// can read all that was given. Nil when zlib fails.
    func work(to out: inout [UInt8]) -> Bool? {
        let count = min(waiting, Compressors.pieceBytes, compressors.share)
        compressors.spend(count)
        let isAll = count == waiting
        let flush: Deflater.Flush = !isAll ? .none : isEnding ? .finish : .sync
        let isGood = deflater.append(input.span.extracting(used..<used + count), flush, to: &out)
        used += count
        if isAll {
            input.removeAll(keepingCapacity: input.count <= Compressors.pieceBytes)
            used = 0
            isFlushed = true
            isDone = isEnding
        }
        return isGood ? hasWork : nil
    }
}
