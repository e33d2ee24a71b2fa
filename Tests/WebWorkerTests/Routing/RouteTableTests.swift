import Testing

@testable import WebWorker

@Suite struct RouteTableTests {
    private var table: RouteTable {
        var table = RouteTable()
        table.add(.get, "/")  // 0
        table.add(.get, "/hello/:name")  // 1
        table.add(.get, "/hello/world")  // 2
        table.add(.post, "/hello/:name")  // 3
        table.add(.get, "/a/:x/b/:y")  // 4
        table.add(.delete, "/a/c/b/d")  // 5
        return table
    }

    private func match(_ method: Method, _ path: String) -> (RouteTable.Match, [String]) {
        match(method, path, in: table)
    }

    private func match(_ method: Method, _ path: String, in table: RouteTable) -> (RouteTable.Match, [String]) {
        let bytes = Array((method.rawValue + path).utf8)
        var head = RequestHead()
        head.method = method.known
        head.methodToken = ByteRange(0, method.rawValue.utf8.count)
        head.path = ByteRange(method.rawValue.utf8.count, bytes.count)
        var captures: [ByteRange] = []
        let match = table.match(head, bytes.span, captures: &captures)
        return (match, captures.map { String(decoding: bytes[$0.range], as: UTF8.self) })
    }

    @Test func aLiteralSegmentGoesBeforeANamedOne() {
        #expect(match(.get, "/hello/world") == (.endpoint(2), []))
        #expect(match(.get, "/hello/you") == (.endpoint(1), ["you"]))
    }

    @Test func aDeadEndOfLiteralsFallsBackToTheNamedOnes() {
        #expect(match(.get, "/a/c/b/e") == (.endpoint(4), ["c", "e"]))
        #expect(match(.post, "/hello/world") == (.endpoint(3), ["world"]))
    }

    @Test func headIsAnsweredByGet() { #expect(match(.head, "/hello/you") == (.endpoint(1), ["you"])) }

    @Test func aKnownPathWithAnotherMethodNamesTheMethods() {
        #expect(match(.put, "/hello/you").0 == .wrongMethod([MethodSet(.get), MethodSet(.head), MethodSet(.post)]))
        #expect(match(.post, "/").0 == .wrongMethod([MethodSet(.get), MethodSet(.head)]))
    }

    @Test(arguments: ["", "/hello", "/hello/", "/hello/you/", "//", "/hello//you", "hello", "*", "/A/x/b/y"])
    func otherPathsAreNotFound(_ path: String) { #expect(match(.get, path).0 == .none) }

    @Test func twoStarsTakeAllThatIsLeft() {
        var table = table
        table.add(.get, "/hello/**")  // 6
        table.add(.get, "/:x/c/**")  // 7
        func match(_ method: Method, _ path: String) -> (RouteTable.Match, [String]) {
            self.match(method, path, in: table)
        }
        #expect(match(.get, "/hello/you") == (.endpoint(1), ["you"]))
        #expect(match(.get, "/hello/a/b/") == (.endpoint(6), ["a/b/"]))
        #expect(match(.get, "/hello/") == (.endpoint(6), [""]))
        #expect(match(.get, "/hello").0 == .none)
        #expect(match(.get, "/b/c/d/e") == (.endpoint(7), ["b", "d/e"]))
        // More than the dead end of /a/:x/b/:y left behind does not show.
        #expect(match(.get, "/a/c/b") == (.endpoint(7), ["a", "b"]))
        #expect(match(.put, "/hello/a/b").0 == .wrongMethod([MethodSet(.get), MethodSet(.head)]))
    }

    @Test func anEncodedSpellingIsTheSameSegment() {
        #expect(match(.get, "/h%65llo/w%6Frld").0 == .endpoint(2))
        #expect(match(.get, "/hello/a%2Fb") == (.endpoint(1), ["a%2Fb"]))
    }

    @Test func aMethodThatTheParserDoesNotKnowMayHaveRoutes() throws {
        var table = table
        let (find, report) = (try #require(Method(rawValue: "PROPFIND")), try #require(Method(rawValue: "REPORT")))
        table.add(find, "/hello/:name")  // 6
        table.add(report, "/")  // 7
        #expect(match(find, "/hello/you", in: table) == (.endpoint(6), ["you"]))
        #expect(match(report, "/", in: table) == (.endpoint(7), []))
        guard case .wrongMethod(let allowed) = match(report, "/hello/you", in: table).0 else {
            return #expect(Bool(false), "REPORT is not for this path")
        }
        #expect(table.names(of: allowed) == "GET, HEAD, POST, PROPFIND, OPTIONS")
        let unknown = try #require(Method(rawValue: "propfind"))
        #expect(match(unknown, "/hello/you", in: table).0 == .wrongMethod(allowed), "methods are case-sensitive")
    }

    @Test func thereIsRoomForSoManyMethods() throws {
        var table = RouteTable()
        for number in 0..<MethodSet.maxOthers {
            let added = table.add(try #require(Method(rawValue: "M\(number)")), "/")
            #expect(added == .added)
        }
        let another = table.add(try #require(Method(rawValue: "ANOTHER")), "/")
        let known = table.add(try #require(Method(rawValue: "M0")), "/x")
        #expect(another == .tooManyMethods && known == .added)
        #expect(match(try #require(Method(rawValue: "M54")), "/", in: table).0 == .endpoint(54))
        #expect(
            match(try #require(Method(rawValue: "ANOTHER")), "/x", in: table).0 == .wrongMethod(MethodSet(place: 9)))
    }

    @Test func ofTwoEqualRoutesTheFirstCountsAndTheSecondIsToldOf() {
        var table = table
        let (again, first) = (table.add(.get, "/hello/:other"), table.add(.put, "/hello/:other"))
        #expect(again == .known && first == .added)
        #expect(match(.get, "/hello/you", in: table) == (.endpoint(1), ["you"]))
    }
}
