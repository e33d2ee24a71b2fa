/// The bytes of a plan's requests. A GET is the same every time; a POST bears its number at both ends of its body, so
/// that no answer to another request can pass for its own.
package struct RequestTemplate {
    /// The request; a POST with the number 0.
    package let bytes: [UInt8]
    /// Where the body begins.
    package let bodyStart: Int
    /// Where the first half ends, for a plan that sends in halves.
    package let firstHalfEnd: Int

    private static let numberDigits = 16

    package init(plan: LoadPlan) {
        var head = "\(plan.mode == .post ? "POST" : "GET") \(plan.path) HTTP/1.1\r\nHost: \(plan.host)\r\n"
        head += "User-Agent: strict-load\r\nAccept: */*\r\n"
        if plan.mode == .closeByServer { head += "Connection: close\r\n" }
        var body: [UInt8] = []
        if plan.mode == .post {
            head += "Content-Type: application/octet-stream\r\nContent-Length: \(plan.bodyByteCount)\r\n"
            body = (0..<plan.bodyByteCount).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        }
        let headBytes = Array((head + "\r\n").utf8)
        bodyStart = headBytes.count
        firstHalfEnd = headBytes.count + body.count / 2
        bytes = headBytes + body
    }

    /// Writes `number` into a POST that was copied from `bytes`; the body has 32 bytes at least.
    package func stamp(_ request: inout [UInt8], number: UInt64) {
        guard bodyStart < request.count else { return }
        var rest = number
        for digit in 0..<Self.numberDigits {
            let nibble = UInt8(rest & 15)
            let character = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            request[bodyStart + digit] = character
            request[request.count - 1 - digit] = character
            rest >>= 4
        }
    }
}
