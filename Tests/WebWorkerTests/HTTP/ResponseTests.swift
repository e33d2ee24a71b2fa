import Testing

@testable import WebWorker

@Suite struct ResponseTests {
    @Test func responsesAreComparedByWhatTheySay() {
        #expect(Response(text: "a") == Response(text: "a"))
        #expect(Response(text: "a") != Response(text: "b") && Response(text: "a") != Response(html: "a"))
        #expect(Response(status: .created, text: "a") != Response(text: "a"))
        #expect(Response().with("X-A", "1") == Response().with("x-a", "1"), "names have no case")
        #expect(Response().with("X-A", "a") != Response().with("X-A", "A"))
    }

    @Test func aStreamedResponseIsEqualToItsCopiesAlone() {
        let one = Response { writer in try await writer.write("a") }
        let other = Response { writer in try await writer.write("a") }
        let copy = one
        #expect(one == one && one == copy && one != other && one != Response())
        #expect(one.with("X-A", "1") != one)
    }

    @Test func aRedirectIsByGetUnlessItSaysOtherwise() {
        #expect(Response.redirect(to: "/a") == Response(status: .seeOther).with("Location", "/a"))
        #expect(Response.redirect(to: "/a", status: .temporaryRedirect).status == .temporaryRedirect)
    }
}
