import FoundationEssentials

/// One file of public HTTP cases, as `Tests/Fixtures/http-vectors` holds them.
struct VectorFile: Decodable {
    struct Case: Decodable {
        let id: String
        let mode: String
        let outcome: String
        let input: String

        /// The bytes of the case.
        var bytes: [UInt8] { Data(base64Encoded: input).map { [UInt8]($0) } ?? [] }
    }

    let suite: String
    let cases: [Case]

    /// The folder.
    static let folder: String = {
        let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(tests)/Fixtures/http-vectors"
    }()

    static let suites = [
        "apache-http-strict", "aws-desync-guardian", "go-readrequest", "gunicorn-treq", "http-parser",
        "httparse-request", "llhttp-request", "picohttpparser-request",
    ]

    static func load(_ suite: String) throws -> VectorFile {
        let path = "\(folder)/\(suite).json"
        return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: URL(filePath: path)))
    }
}
