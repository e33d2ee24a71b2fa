/// Which endpoint answers which method and path: a tree of path segments, matched on the bytes of the target.
///
/// A pattern is `/a/:name/b`: a segment that begins with a colon takes any one segment that is not empty, and gives it
/// the name. A last segment `**` takes all that is left, which may be nothing. Literal segments go before named ones, and
/// both before `**`. `/a` and `/a/` are two paths, and `/a/**` is not for `/a`. Endpoints are numbers, so that a match
/// copies nothing that is counted.
struct RouteTable: Sendable {
    /// What `match` found.
    enum Match: Equatable, Sendable {
        case endpoint(Int)
        /// The path is known, but not with this method.
        case wrongMethod(MethodSet)
        case none
    }

    private struct Node: Sendable {
        var literals: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var rest: Int?
        var endpoints: [(method: Method, endpoint: Int)] = []
    }

    private var nodes = [Node()]
    private var names: [[String]] = []

    /// Adds a route; the endpoint's number is the count of those before it. The last of two equal routes counts.
    mutating func add(_ method: Method, _ pattern: String) {
        var node = 0
        var parameters: [String] = []
        let segments = pattern.utf8.dropFirst().split(separator: .slash, omittingEmptySubsequences: false)
        for (place, segment) in segments.enumerated() {
            if place == segments.count - 1, segment.elementsEqual("**".utf8) {
                parameters.append("**")
                node = restChild(of: node)
            } else if segment.first == .colon {
                parameters.append(String(decoding: segment.dropFirst(), as: UTF8.self))
                node = parameterChild(of: node)
            } else {
                node = literalChild(of: node, Array(segment))
            }
        }
        nodes[node].endpoints.removeAll { $0.method == method }
        nodes[node].endpoints.append((method, names.count))
        names.append(parameters)
    }

    /// The names of an endpoint's parameters, in the order of the captures.
    func parameterNames(of endpoint: Int) -> [String] { names[endpoint] }

    /// Finds what answers the path in `range`; `captures` gets the places of the named segments. HEAD is GET's.
    func match(
        _ method: Method, _ range: Range<Int>, _ bytes: Span<UInt8>, captures: inout [ByteRange]
    ) -> Match {
        captures.removeAll(keepingCapacity: true)
        guard !range.isEmpty, bytes[range.lowerBound] == .slash else { return .none }
        var allowed = MethodSet()
        if let endpoint = descend(0, range.lowerBound + 1, range.upperBound, method, bytes, &captures, &allowed) {
            return .endpoint(endpoint)
        }
        return allowed.isEmpty ? .none : .wrongMethod(allowed)
    }

    private func descend(
        _ node: Int, _ start: Int, _ end: Int, _ method: Method, _ bytes: Span<UInt8>, _ captures: inout [ByteRange],
        _ allowed: inout MethodSet
    ) -> Int? {
        let stop = bytes.firstIndex(of: .slash, in: start..<end) ?? end
        for literal in nodes[node].literals where isEqual(literal.segment, start..<stop, bytes) {
            let found =
                stop == end
                ? endpoint(of: literal.node, method, &allowed)
                : descend(literal.node, stop + 1, end, method, bytes, &captures, &allowed)
            if let found { return found }
        }
        if let child = nodes[node].parameter, stop > start {
            captures.append(ByteRange(start, stop))
            let found =
                stop == end
                ? endpoint(of: child, method, &allowed)
                : descend(child, stop + 1, end, method, bytes, &captures, &allowed)
            if let found { return found }
            captures.removeLast()
        }
        guard let child = nodes[node].rest, let found = endpoint(of: child, method, &allowed) else { return nil }
        captures.append(ByteRange(start, end))
        return found
    }

    private func endpoint(of node: Int, _ method: Method, _ allowed: inout MethodSet) -> Int? {
        var fromGet: Int?
        for entry in nodes[node].endpoints {
            if entry.method == method { return entry.endpoint }
            if entry.method == .get { fromGet = entry.endpoint }
        }
        if method == .head, let fromGet { return fromGet }
        for entry in nodes[node].endpoints { allowed.insert(MethodSet(entry.method)) }
        if fromGet != nil { allowed.insert(MethodSet(.head)) }
        return nil
    }

    /// Compares bytes first; a percent-encoded spelling of a segment is the same segment (RFC 3986 section 6.2.2).
    private func isEqual(_ segment: [UInt8], _ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        if segment.count == range.count {
            var index = 0
            while index < segment.count, segment[index] == bytes[range.lowerBound + index] { index += 1 }
            return index == segment.count
        }
        guard range.count > segment.count, bytes.firstIndex(of: .percent, in: range) != nil else { return false }
        return PercentCoding.decode(range, bytes) == segment
    }

    private mutating func literalChild(of node: Int, _ segment: [UInt8]) -> Int {
        if let child = nodes[node].literals.first(where: { $0.segment == segment }) { return child.node }
        nodes.append(Node())
        nodes[node].literals.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func restChild(of node: Int) -> Int {
        if let child = nodes[node].rest { return child }
        nodes.append(Node())
        nodes[node].rest = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func parameterChild(of node: Int) -> Int {
        if let child = nodes[node].parameter { return child }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }
}
