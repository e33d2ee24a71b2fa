/// The name of a request, by which its lines in the logs of all servers on its way are found: X-Request-Id.
struct RequestID: Equatable, Sendable {
    /// Visible ASCII, not empty.
    private(set) var text: [UInt8] = []

    /// The longest name that is taken from a proxy, in bytes.
    static let longest = 128

    /// Matches the name of the field that carries an identifier.
    static func isName(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        name.count == 12 && bytes.equalsIgnoringCase("x-request-id", at: name)
    }

    func write(to out: inout [UInt8]) {
        out.append(ascii: "X-Request-Id: ")
        out.append(contentsOf: text)
        out.append(ascii: "\r\n")
    }

    /// The name that a request has already; nil when it has none that can be used: one to 128 bytes of visible ASCII
    /// without quotes, backslashes, commas and semicolons, so that it stands as it is in any log and field.
    init?(_ head: RequestHead, _ bytes: Span<UInt8>) {
        guard let value = head.value(of: "x-request-id", in: bytes)?.range, 1...Self.longest ~= value.count else {
            return nil
        }
        for place in value {
            switch bytes[place] {
            case 0x22, 0x5c, .comma, 0x3b: return nil
            case 0x21...0x7e: continue
            default: return nil
            }
        }
        text = bytes.bytes(value)
    }

    fileprivate init(_ high: UInt64, _ low: UInt64) {
        text.reserveCapacity(32)
        text.append(hexadecimal: high, digits: 16)
        text.append(hexadecimal: low, digits: 16)
    }
}

/// Names for requests: 32 hexadecimal digits, of which the first half is this worker's and random.
struct RequestIDSource: Sendable {
    private let own = UInt64.random(in: .min ... .max)
    private var next = UInt64.random(in: .min ... .max)

    /// Another name than any before. The second half counts in an order that looks like none: it says nothing of how many
    /// requests there are (the finalizer of SplitMix64, which gives each number another one).
    mutating func make() -> RequestID {
        next &+= 0x9e37_79b9_7f4a_7c15
        var mixed = next
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return RequestID(own, mixed ^ (mixed >> 31))
    }
}
