internal import Compression
internal import Linux

/// What a loop compresses by, and how much of its time and memory that may take.
///
/// A class, since bodies give back what they have used when they end, wherever that is. Belongs to the loop's thread.
final class Compressors {
    /// The most bodies that are compressed at a time, of 256 KiB each.
    static let most = 256
    /// Those that are kept for the next bodies.
    private static let mostIdle = 4
    /// The most bytes that one turn compresses: a few milliseconds, in which nobody else is served.
    static let shareOfTurn = 128 << 10
    /// The most of these that are of one body.
    static let pieceBytes = 64 << 10

    let types: CompressedTypes
    /// Shorter bodies are left as they are; nothing is compressed where it is `Int.max`.
    let leastBytes: Int
    private let level: Int
    private let library: ZLibrary?
    private var idle: [Deflater] = []
    private var used = 0
    /// The bytes that this turn may still compress.
    private(set) var share = 0

    /// Opens zlib, if there is something to compress.
    init(_ settings: WebWorker.Compression?) {
        var library: ZLibrary?
        if settings != nil {
            do throws(ZLibrary.Missing) { library = try ZLibrary.open() } catch {
                StandardError.line("WebWorker: nothing is compressed: \(error)")
            }
        }
        self.library = library
        types = CompressedTypes(settings?.types ?? [])
        leastBytes = library == nil ? .max : settings?.leastBytes ?? .max
        level = settings?.level ?? 1
    }

    var isOn: Bool { library != nil }
    var isSpent: Bool { share <= 0 }

    func beginTurn() { share = Self.shareOfTurn }
    func spend(_ bytes: Int) { share -= bytes }

    /// Whether the rules for a request's path let its answer be compressed.
    func areWanted(_ exchange: Exchange, _ site: borrowing Site) -> Bool {
        guard isOn else { return false }
        let rule = exchange.place.rule
        return rule.compresses < 0 || site.rules(at: exchange.place)?.compresses(rule) != false
    }

    /// Makes the head of an answer in pieces that of a compressed one, if it may be and its client takes that. Returns what
    /// compresses its body; nil: nothing does.
    func prepare(_ head: inout AnswerHead, _ exchange: Exchange, _ site: borrowing Site) -> BodyCompressor? {
        guard !head.keepsBytes, areWanted(exchange, site) else { return nil }
        if head.status == .notModified { return prepareUnchanged(&head, exchange) }
        guard !head.status.forbidsBody, head.status != .partialContent, head.length ?? .max >= leastBytes else {
            return nil
        }
        let fields = CompressibleFields(head.fields.span, types)
        guard fields.isCompressible else { return nil }
        guard exchange.takesGzip, !exchange.isVersion10, let compressor = compressor(of: head.length) else {
            if !fields.variesByCoding { head.fields.append(ascii: CompressibleFields.vary) }
            return nil
        }
        head.fields = fields.compressed(head.fields.span)
        head.length = nil
        return exchange.isHead ? nil : compressor
    }

    /// A copy that a client has of a compressed answer is still this one, by its weak tag.
    private func prepareUnchanged(_ head: inout AnswerHead, _ exchange: Exchange) -> BodyCompressor? {
        guard exchange.hasWeakTag, exchange.takesGzip else { return nil }
        head.fields = CompressibleFields(head.fields.span, types).weaklyTagged(head.fields.span)
        return nil
    }

    private func compressor(of length: Int?) -> BodyCompressor? {
        guard let deflater = take() else { return nil }
        return BodyCompressor(deflater, length: length, self)
    }

    /// A compressor for a body; nil if there are too many. It is given back.
    func take() -> Deflater? {
        guard let library, used < Self.most else { return nil }
        guard let deflater = idle.popLast() ?? Deflater(level: level, library) else { return nil }
        used += 1
        return deflater
    }

    func giveBack(_ deflater: Deflater) {
        used -= 1
        if idle.count < Self.mostIdle, deflater.reset() { idle.append(deflater) }
    }

    /// All of a short body, compressed; nil if that makes it no shorter, or this turn has no time for it.
    func compress(_ body: [UInt8]) -> [UInt8]? {
        guard share >= body.count, let deflater = take() else { return nil }
        defer { giveBack(deflater) }
        spend(body.count)
        var out: [UInt8] = []
        return deflater.append(body.span, .finish, to: &out) && out.count < body.count ? out : nil
    }
}
