import Linux
import Testing

@testable import StrictLoad

@Suite struct RequestTemplateTests {
    private func text(_ mode: LoadPlan.Mode) -> String {
        var plan = LoadPlan(address: .v4(.loopback, port: 80))
        plan.mode = mode
        return String(decoding: RequestTemplate(plan: plan).bytes, as: UTF8.self)
    }

    @Test func aGetNamesItsHostAndAsksForACloseWhereThePlanDoes() {
        #expect(text(.keepAlive).hasPrefix("GET /version HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"))
        #expect(!text(.closeByClient).contains("Connection"))
        #expect(text(.closeByServer).contains("\r\nConnection: close\r\n"))
    }

    @Test func aPostIsCutInItsBodyAndBearsItsNumberAtBothEnds() {
        var plan = LoadPlan(address: .v4(.loopback, port: 80))
        plan.mode = .post
        plan.bodyByteCount = 64
        let template = RequestTemplate(plan: plan)
        #expect(template.bytes.count - template.bodyStart == 64)
        #expect(template.firstHalfEnd == template.bodyStart + 32)
        var first = template.bytes
        var second = template.bytes
        template.stamp(&first, number: 0xa1)
        template.stamp(&second, number: 0xa2)
        #expect(first[..<template.firstHalfEnd] != second[..<template.firstHalfEnd])
        #expect(first[template.firstHalfEnd...] != second[template.firstHalfEnd...])
    }
}
