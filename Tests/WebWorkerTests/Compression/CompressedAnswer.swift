import Linux
import TestSupport

@testable import WebWorker

/// An answer as it was sent, taken apart, and its body as it was meant.
struct CompressedAnswer {
    let status: Int
    let head: String
    /// Without its chunks, and still compressed.
    let raw: [UInt8]

    /// Asks a worker, with the coding that it is to take; nil: says nothing of that.
    init(
        _ address: SocketAddress, _ path: String, _ method: String = "GET", coding: String? = "gzip",
        fields: String = "", version: String = "1.1"
    ) throws {
        let client = try TestClient(address)
        let accepted = coding.map { "Accept-Encoding: \($0)\r\n" } ?? ""
        try client.send(
            "\(method) \(path) HTTP/\(version)\r\nHost: a\r\nConnection: close\r\n\(accepted)\(fields)\r\n")
        try self.init(client.restBytes())
    }

    init(_ bytes: [UInt8]) throws {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw TestClient.Failure(text: "no head") }
        head = String(decoding: bytes[..<end.upperBound], as: UTF8.self)
        status = Int(head.dropFirst(9).prefix(3)) ?? 0
        let body = Array(bytes[end.upperBound...])
        guard head.lowercased().contains("\r\ntransfer-encoding: chunked\r\n") else {
            raw = body
            return
        }
        var decoder = ChunkedDecoder()
        var content: [UInt8] = []
        // (An answer to HEAD has none.)
        if !body.isEmpty {
            guard case .complete = decoder.decode(body.span, from: 0, into: &content, limit: .max) else {
                throw TestClient.Failure(text: "the chunks have no end")
            }
        }
        raw = content
    }

    func has(_ field: String) -> Bool { head.lowercased().contains("\r\n\(field.lowercased())\r\n") }
    var isCompressed: Bool { has("Content-Encoding: gzip") }
    var isVaried: Bool { has("Vary: Accept-Encoding") }

    /// The body as it was before it was compressed. What ends too early, or has something behind its end, is none.
    func text() throws -> String {
        guard isCompressed else { return String(decoding: raw, as: UTF8.self) }
        return try Self.decompressed(raw)
    }

    static func decompressed(_ bytes: [UInt8]) throws -> String {
        let directory = try TemporaryDirectory()
        try Files.replace(directory.path("body.gz"), with: bytes, mode: 0o644)
        let finished = try Child.run([Program.path("gzip"), "-dc", directory.path("body.gz")])
        guard finished.status == .exited(code: 0) else { throw TestClient.Failure(text: finished.errors) }
        return finished.output
    }

    /// The value of a field; nil without it.
    func value(_ name: String) -> String? {
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
            .map { String($0.dropFirst(name.utf8.count + 2)) }
    }
}

/// Lines of text that do not repeat each other.
func linesOfText(_ count: Int) -> String {
    (0..<count).map { "line \($0): \(String(UInt64($0) &* 0x9e37_79b9_7f4a_7c15, radix: 36))\n" }.joined()
}
