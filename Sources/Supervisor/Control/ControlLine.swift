internal import FoundationEssentials

/// Lines of the control protocol as bytes: one JSON object, then a newline.
package enum ControlLine {
    /// The line of an event, its newline included.
    package static func encode(_ event: ControlEvent) -> [UInt8] { line(event) }

    /// The line of a request, its newline included.
    package static func encode(_ request: ControlRequest) -> [UInt8] { line(request) }

    /// Reads a request from a line without its newline. Throws what is wrong with it, the version before the verb.
    package static func request(from line: [UInt8]) throws(ControlRefusal) -> ControlRequest {
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(line)) else {
            throw ControlRefusal(
                "the request is not a JSON object with a number \"version\" and a text \"verb\", on one line")
        }
        guard envelope.version == ControlRequest.currentVersion else {
            throw ControlRefusal(
                "found version \(envelope.version) of the control protocol, expected \(ControlRequest.currentVersion): "
                    + "the command and the running master are of different versions of deployd")
        }
        guard let verb = envelope.verb else { throw ControlRefusal("the request has no \"verb\"") }
        guard ControlVerb(rawValue: verb) != nil else {
            let known = ControlVerb.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlRefusal("unknown verb \"\(verb)\", expected one of \(known)")
        }
        do {
            return try JSONDecoder().decode(ControlRequest.self, from: Data(line))
        } catch let DecodingError.typeMismatch(_, context) {
            throw ControlRefusal("\(verb): wrong type of value: \(path(context))")
        } catch {
            throw ControlRefusal("\(verb): the request cannot be read")
        }
    }

    /// Reads an event from a line without its newline.
    package static func event(from line: [UInt8]) throws(ControlRefusal) -> ControlEvent {
        do {
            return try JSONDecoder().decode(ControlEvent.self, from: Data(line))
        } catch {
            throw ControlRefusal("the master's answer cannot be read")
        }
    }

    /// The status as JSON for people and scripts, over several lines, keys in order.
    package static func document(_ report: StatusReport) -> [UInt8] {
        bytes(report, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + [UInt8(ascii: "\n")]
    }

    private struct Envelope: Decodable {
        let version: Int
        let verb: String?
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map { "\"\($0.stringValue)\"" }.joined(separator: ".")
    }

    private static func line<Value: Encodable>(_ value: Value) -> [UInt8] {
        bytes(value, [.sortedKeys, .withoutEscapingSlashes]) + [UInt8(ascii: "\n")]
    }

    private static func bytes<Value: Encodable>(_ value: Value, _ format: JSONEncoder.OutputFormatting) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = format
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            // Messages hold texts, numbers and lists of them, so this can only be a mistake in this file.
            fatalError("control message cannot be encoded: \(error)")
        }
    }
}
