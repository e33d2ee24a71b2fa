import FoundationEssentials

/// One file of public HTTP cases, as the folder `../shared/http-vectors` holds them beside the package.
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

    /// The folder, or nil where the package was cloned without it.
    static let folder: String? = {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        for candidate in ["/\(root)/../shared/http-vectors", "/\(root)/../../shared/http-vectors"]
        where FileManager.default.fileExists(atPath: candidate) { return candidate }
        print("SKIPPED: the public HTTP cases: there is no ../shared/http-vectors beside the package")
        return nil
    }()

    static let suites = [
        "apache-http-strict", "aws-desync-guardian", "go-readrequest", "gunicorn-treq", "http-parser",
        "httparse-request", "llhttp-request", "picohttpparser-request",
    ]

    static func load(_ suite: String) throws -> VectorFile {
        let path = (folder ?? "") + "/" + suite + ".json"
        return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: URL(filePath: path)))
    }
}
