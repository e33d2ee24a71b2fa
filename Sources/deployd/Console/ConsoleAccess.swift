internal import Linux
internal import WebWorker

/// Who may read the console, and who may act by it. The page is served over plain HTTP to this machine alone; what threatens it is
/// another page in the same browser: one that asks by a name of its own for 127.0.0.1, or that has the browser send a form.
struct ConsoleAccess: Sendable {
    /// A refusal, with what the person is told.
    struct Refusal: Error, Equatable {
        let status: Status
        let message: String
    }

    /// Whoever has it may act; nil: nobody may.
    let token: String?

    /// Bits of a new token, as hexadecimal digits.
    static func makeToken() -> String {
        (0..<4).map { _ in
            let word = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }
        .joined()
    }

    /// Refuses who asks by a name that is not this machine's: a page elsewhere whose name leads to 127.0.0.1.
    func requireOwnHost(_ authority: String) throws(Refusal) {
        guard Self.isLoopback(authority) else {
            throw Refusal(
                status: .misdirectedRequest,
                message: "the console answers for 127.0.0.1, [::1] and localhost, and was asked for another host")
        }
    }

    /// Refuses who may not act: without the token, or from another page.
    ///
    /// - Parameters:
    ///   - origin: the Origin field, which browsers send with each POST.
    ///   - authorization: the Authorization field.
    func requireActor(origin: String?, authorization: String?, authority: String) throws(Refusal) {
        try requireOwnHost(authority)
        guard let token else { throw Refusal(status: .forbidden, message: "the console was started with --read-only") }
        if let origin, origin != "http://\(authority)" {
            throw Refusal(status: .forbidden, message: "asked by another page")
        }
        guard let authorization, Self.isSame(authorization, "Bearer \(token)") else {
            throw Refusal(
                status: .unauthorized,
                message: "the token is missing or wrong: `deployd console` printed it when it began")
        }
    }

    /// In a time that tells nothing of where they differ.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A name of this machine, with any port: a tunnel may lead to it from another one.
    static func isLoopback(_ authority: String) -> Bool {
        let hasPort = authority.last != "]" && authority.contains(":")
        let name = hasPort ? String(authority[..<(authority.lastIndex(of: ":") ?? authority.endIndex)]) : authority
        let port = hasPort ? authority.dropFirst(name.count + 1) : "80"
        return (["localhost", "[::1]"].contains(name.lowercased()) || isLoopback(number: name)) && UInt16(port) != nil
    }

    /// 127.0.0.0/8 in digits: no name that somebody else may give.
    private static func isLoopback(number: String) -> Bool {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.first == 127 && parts.allSatisfy { $0 != nil }
    }
}
