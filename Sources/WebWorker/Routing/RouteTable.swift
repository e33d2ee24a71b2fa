/// Which endpoint answers which method and path: a tree of path segments, matched on the bytes of the target.
///
/// A pattern is `/a/:name/b`: a segment that begins with a colon takes any one segment that is not empty, and gives it
/// the name. A last segment `**` takes all that is left, which may be nothing. Literal segments go before named ones, and
/// both before `**`. `/a` and `/a/` are two paths, and `/a/**` is not for `/a`.
///
/// Nodes, literal segments and endpoints lie in one array each, chained by their places: a match counts no reference.
struct RouteTable: Sendable {
    enum Addition: Equatable, Sendable {
        case added
        /// There is an equal one already, which counts: with the same method and the same pattern, but for the names in it.
        case known
        /// There are more methods that the parser does not know than a `MethodSet` has room for.
        case tooManyMethods
    }

    enum Match: Equatable, Sendable {
        case endpoint(Int)
        /// The path is known, but not with this method.
        case wrongMethod(MethodSet)
        case none
    }

    private struct Node: Sendable {
        /// The first of its literals and of its endpoints.
        var literal: Int?
        var endpoint: Int?
        /// The nodes behind a named segment and behind `**`.
        var parameter: Int?
        var rest: Int?
    }

    private struct Literal: Sendable {
        /// The place of its bytes in `text`.
        let segment: ByteRange
        let node: Int
        let next: Int?
    }

    private struct Endpoint: Sendable {
        /// The place of its method in a `MethodSet`.
        let method: UInt8
        var number: Int
        let next: Int?
    }

    private var nodes = [Node()]
    private var literals: [Literal] = []
    private var endpoints: [Endpoint] = []
    private var text: [UInt8] = []
    private var names: [[String]] = []
    /// The tokens of methods that the parser does not know, in the order of their places.
    private var otherMethods: [[UInt8]] = []

    /// Adds a route; the endpoint's number is the count of those before it, those included that were not added.
    @discardableResult
    mutating func add(_ method: Method, _ pattern: String) -> Addition {
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
        names.append(parameters)
        guard let place = makePlace(of: method) else { return .tooManyMethods }
        return setEndpoint(of: node, place, names.count - 1) ? .added : .known
    }

    /// The names of an endpoint's parameters, in the order of the captures.
    func parameterNames(of endpoint: Int) -> [String] { names[endpoint] }

    /// The parser knows the request's method, or a route is for it.
    func knowsMethod(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        head.method != .other || place(ofOther: head.methodToken.range, bytes) != nil
    }

    /// As Allow has them: `GET, HEAD, OPTIONS`. OPTIONS is always answered.
    func names(of methods: MethodSet) -> String {
        var tokens: [String] = []
        for method in KnownMethod.allCases
        where method != .other && method != .options && methods.contains(MethodSet(method)) {
            tokens.append("\(method.token)")
        }
        for (index, token) in otherMethods.enumerated()
        where methods.contains(MethodSet(place: MethodSet.firstOther + UInt8(index))) {
            tokens.append(String(decoding: token, as: UTF8.self))
        }
        return (tokens + ["OPTIONS"]).joined(separator: ", ")
    }

    /// Finds what answers a request; `captures` gets the places of the named segments. HEAD is GET's.
    @inline(__always)
    func match(_ head: RequestHead, _ bytes: Span<UInt8>, captures: inout [ByteRange]) -> Match {
        captures.removeAll(keepingCapacity: true)
        let range = head.path.range
        guard !range.isEmpty, bytes[range.lowerBound] == .slash else { return .none }
        var allowed = MethodSet()
        // (No route has the place of `other`.)
        let method =
            head.method == .other
            ? place(ofOther: head.methodToken.range, bytes) ?? .max : head.method.rawValue
        if let endpoint = descend(0, range.lowerBound + 1, range.upperBound, method, bytes, &captures, &allowed) {
            return .endpoint(endpoint)
        }
        return allowed.isEmpty ? .none : .wrongMethod(allowed)
    }

    private func descend(
        _ node: Int, _ start: Int, _ end: Int, _ method: UInt8, _ bytes: Span<UInt8>, _ captures: inout [ByteRange],
        _ allowed: inout MethodSet
    ) -> Int? {
        let stop = bytes.firstIndex(of: .slash, in: start..<end) ?? end
        let isEncoded = bytes.firstIndex(of: .percent, in: start..<stop) != nil
        var place = nodes[node].literal
        while let index = place {
            let literal = literals[index]
            place = literal.next
            guard bytes.isSegment(text.span.extracting(literal.segment.range), at: start..<stop, isEncoded: isEncoded)
            else { continue }
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

    private func endpoint(of node: Int, _ method: UInt8, _ allowed: inout MethodSet) -> Int? {
        let (get, head) = (KnownMethod.get.rawValue, KnownMethod.head.rawValue)
        var fromGet: Int?
        var others = MethodSet()
        var place = nodes[node].endpoint
        while let index = place {
            let entry = endpoints[index]
            if entry.method == method { return entry.number }
            if entry.method == get { fromGet = entry.number }
            others.insert(MethodSet(place: entry.method))
            place = entry.next
        }
        if method == head, let fromGet { return fromGet }
        if fromGet != nil { others.insert(MethodSet(.head)) }
        allowed.formUnion(others)
        return nil
    }

    private mutating func literalChild(of node: Int, _ segment: [UInt8]) -> Int {
        var place = nodes[node].literal
        while let index = place {
            if text[literals[index].segment.range].elementsEqual(segment) { return literals[index].node }
            place = literals[index].next
        }
        nodes.append(Node())
        literals.append(
            Literal(
                segment: ByteRange(text.count, text.count + segment.count), node: nodes.count - 1,
                next: nodes[node].literal))
        text += segment
        nodes[node].literal = literals.count - 1
        return nodes.count - 1
    }

    private mutating func setEndpoint(of node: Int, _ method: UInt8, _ number: Int) -> Bool {
        var place = nodes[node].endpoint
        while let index = place {
            if endpoints[index].method == method { return false }
            place = endpoints[index].next
        }
        endpoints.append(Endpoint(method: method, number: number, next: nodes[node].endpoint))
        nodes[node].endpoint = endpoints.count - 1
        return true
    }

    private func place(ofOther token: Range<Int>, _ bytes: Span<UInt8>) -> UInt8? {
        for (index, other) in otherMethods.enumerated() where bytes.equals(other.span, at: token) {
            return MethodSet.firstOther + UInt8(index)
        }
        return nil
    }

    private mutating func makePlace(of method: Method) -> UInt8? {
        guard method.known == .other else { return method.known.rawValue }
        let token = Array(method.rawValue.utf8)
        if let place = place(ofOther: 0..<token.count, token.span) { return place }
        guard otherMethods.count < MethodSet.maxOthers else { return nil }
        otherMethods.append(token)
        return MethodSet.firstOther + UInt8(otherMethods.count - 1)
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
