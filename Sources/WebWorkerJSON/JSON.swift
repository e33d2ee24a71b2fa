internal import FoundationEssentials
public import WebWorker

// JSON through Codable. A target of its own, so that applications without it do without Foundation.

extension Response {
    /// An answer of JSON. Throws what the encoder does.
    public static func json(_ value: some Encodable, status: Status = .ok) throws -> Response {
        Response(status: status, json: Array(try JSONEncoder().encode(value)))
    }
}

extension Request {
    /// The body, read as JSON. Throws an `HTTPError`: 415 for a body that is said to be something else, 400 for one that is
    /// not JSON, or not such a value. Its message names the place.
    public func json<Value: Decodable>(_ type: Value.Type = Value.self) throws(HTTPError) -> Value {
        if let named = headers["content-type"], !Self.isJSON(named) {
            throw HTTPError(.unsupportedMediaType, "the body is \(named); application/json was expected")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch let error as DecodingError {
            throw HTTPError(.badRequest, Self.words(error))
        } catch {
            throw HTTPError(.badRequest, "the body is not JSON")
        }
    }

    /// Whether a Content-Type is `application/json` or ends in `+json` (RFC 6839).
    private static func isJSON(_ type: String) -> Bool {
        let name = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        return name == "application/json" || name.hasSuffix("+json")
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])): missing"
        case .typeMismatch(let type, let context): "\(place(context.codingPath)): \(type) was expected"
        case .valueNotFound(let type, let context): "\(place(context.codingPath)): \(type) was expected, not null"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "the body is not JSON"
        case .dataCorrupted(let context): "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default: "the body is not what was expected"
        }
    }

    /// A path as one writes it: `items[2].name`.
    private static func place(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        return text.isEmpty ? "the body" : text
    }
}
