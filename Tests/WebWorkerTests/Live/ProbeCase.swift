/// Http11Probe's cases as `Tests/Fixtures/http-vectors` holds them.
struct ProbeFile: Decodable { let cases: [ProbeCase] }

/// One case: bytes, and what to think of which answer.
struct ProbeCase: Decodable {
    struct Step: Decodable {
        struct Part: Decodable { let base64: String }
        let parts: Parts
    }
    /// The parts of a step; none where the suite makes them from an earlier answer.
    struct Parts: Decodable {
        let parts: [Step.Part]
        init(from decoder: any Decoder) throws {
            parts = (try? decoder.singleValueContainer().decode([Step.Part].self)) ?? []
        }
    }
    enum Verdict: Decodable {
        case always(String)
        case byStatus([String: [[Int]]])
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .always(text)
            } else {
                self = .byStatus(try container.decode([String: [[Int]]].self))
            }
        }

        func of(_ status: Int) -> String {
            switch self {
            case .always(let text): return text
            case .byStatus(let table):
                return table.first { $0.value.contains { $0[0] <= status && status <= $0[1] } }?.key ?? "Fail"
            }
        }
    }

    let id: String
    let scored: Bool
    let expected: String
    let request: String?
    let steps: [Step]?
    let verdict: [String: Verdict]?

    private enum CodingKeys: String, CodingKey {
        case id, scored, expected, steps, verdict
        case request = "request_base64"
    }
}
