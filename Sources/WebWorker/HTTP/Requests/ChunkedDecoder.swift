/// Takes a chunked body apart (RFC 9112 section 7.1), in as many pieces as it arrives in.
///
/// Strict: sizes are hexadecimal digits and nothing else, every line ends in CRLF, extensions and trailers follow their
/// grammar and are bounded and dropped. Sizes have at most 15 digits behind their leading zeros, so they cannot overflow;
/// of zeros there may be as many as of bytes of extensions.
struct ChunkedDecoder: Equatable, Sendable {
    enum Outcome: Equatable, Sendable {
        /// Everything was used; more must come.
        case incomplete
        /// The body and its trailers end before this offset.
        case complete(consumed: Int)
        /// Against the grammar, or beyond a limit.
        case malformed(Refusal)
    }

    /// The place in the grammar of the next byte. `extension` steps are in ChunkExtension.
    private enum State: Equatable, Sendable {
        case size  // -> sizeLineFeed, extension
        case extensions  // -> sizeLineFeed
        case sizeLineFeed  // -> data, trailerStart
        case data  // -> dataReturn
        case dataReturn  // -> dataLineFeed
        case dataLineFeed  // -> size
        case trailerStart  // -> trailerName, endLineFeed
        case trailerName  // -> trailerValue
        case trailerValue  // -> trailerLineFeed
        case trailerLineFeed  // -> trailerStart
        case endLineFeed  // -> the end
    }

    /// The most bytes of extensions in one body: a client has no use for them, and an attacker does (CVE-2023-39326).
    static let maxExtensionBytes = 4096
    /// The most bytes of trailers in one body.
    static let maxTrailerBytes = 8192

    private var state = State.size
    private var remaining: UInt64 = 0
    private var digits = 0
    private var chunkExtension = ChunkExtension()
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerName: [UInt8] = []

    /// Reads `bytes` from `start` on and appends the data to `body`, up to `limit` bytes in all.
    mutating func decode(
        _ bytes: Span<UInt8>, from start: Int, into body: inout [UInt8], limit: Int
    ) -> Outcome {
        var index = start
        while index < bytes.count {
            if state == .data {
                let count = Int(min(remaining, UInt64(bytes.count - index)))
                bytes.append(index..<index + count, to: &body)
                remaining -= UInt64(count)
                index += count
                if remaining == 0 { state = .dataReturn }
                continue
            }
            let byte = bytes[index]
            index += 1
            if state == .endLineFeed {
                return byte == .lineFeed ? .complete(consumed: index) : .malformed(.chunk)
            }
            if let refusal = step(byte) { return .malformed(refusal) }
            if state == .data, remaining > UInt64(max(0, limit - body.count)) { return .malformed(.bodyTooLarge) }
        }
        return .incomplete
    }

    private mutating func step(_ byte: UInt8) -> Refusal? {
        switch state {
        case .size: return stepSize(byte)
        case .extensions:
            extensionBytes += 1
            guard extensionBytes <= Self.maxExtensionBytes else { return .chunk }
            switch chunkExtension.step(byte) {
            case .more: return nil
            case .lineEnds: state = .sizeLineFeed
            case .malformed: return .chunk
            }
        case .sizeLineFeed:
            guard byte == .lineFeed else { return .chunk }
            state = remaining == 0 ? .trailerStart : .data
        case .dataReturn:
            guard byte == .carriageReturn else { return .chunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == .lineFeed else { return .chunk }
            state = .size
            digits = 0
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed: return stepTrailer(byte)
        case .data, .endLineFeed: fatalError("\(state) is not a step of one byte")
        }
        return nil
    }

    private mutating func stepSize(_ byte: UInt8) -> Refusal? {
        if let digit = byte.hexDigit {
            if digits > 0, remaining == 0 {
                extensionBytes += 1
                guard extensionBytes <= Self.maxExtensionBytes else { return .chunk }
                remaining = UInt64(digit)
                return nil
            }
            guard digits < 15 else { return .chunk }
            remaining = remaining << 4 | UInt64(digit)
            digits += 1
            return nil
        }
        guard digits > 0 else { return .chunk }
        if byte == .carriageReturn {
            state = .sizeLineFeed
            return nil
        }
        chunkExtension = ChunkExtension()
        guard case .more = chunkExtension.step(byte) else { return .chunk }
        state = .extensions
        return nil
    }

    /// Trailers have the grammar of fields; their content is nothing that we act upon (RFC 9110 section 6.5.1).
    private mutating func stepTrailer(_ byte: UInt8) -> Refusal? {
        trailerBytes += 1
        guard trailerBytes <= Self.maxTrailerBytes else { return .headTooLarge }
        switch state {
        case .trailerStart where byte == .carriageReturn: state = .endLineFeed
        case .trailerStart:
            guard ByteClass.token.contains(byte) else { return .chunk }
            trailerName = [byte.asciiLowercase]
            state = .trailerName
        case .trailerName where byte == .colon:
            guard !isFraming(trailerName) else { return .chunk }
            state = .trailerValue
        case .trailerName:
            guard ByteClass.token.contains(byte) else { return .chunk }
            trailerName.append(byte.asciiLowercase)
        case .trailerValue where byte == .carriageReturn: state = .trailerLineFeed
        case .trailerValue: guard byte == .tab || byte >= 0x20 && byte != 0x7f else { return .chunk }
        case .trailerLineFeed:
            guard byte == .lineFeed else { return .chunk }
            state = .trailerStart
        case .size, .extensions, .sizeLineFeed, .data, .dataReturn, .dataLineFeed, .endLineFeed:
            fatalError("\(state) is not in the trailers")
        }
        return nil
    }

    /// Fields that must not come late (RFC 9110 section 6.5.1).
    private func isFraming(_ name: [UInt8]) -> Bool {
        let forbidden: [StaticString] = ["content-length", "transfer-encoding", "host"]
        return forbidden.contains { name.span.equals($0, at: 0..<name.count) }
    }
}
