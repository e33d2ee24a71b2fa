/// On the wire an event is one flat object; its key "event" says which, and the other keys are those of its payload.
extension ControlEvent: Codable {
    private enum Key: String, CodingKey {
        case event, text, status
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let name = try fields.decode(String.self, forKey: .event)
        switch name {
        case "queued": self = .queued(try QueuedEvent(from: decoder))
        case "started": self = .started(try StartedEvent(from: decoder))
        case "step": self = .step(try StepEvent(from: decoder))
        case "output": self = .output(try OutputEvent(from: decoder))
        case "probe": self = .probe(try ProbeEvent(from: decoder))
        case "note": self = .note(try fields.decode(String.self, forKey: .text))
        case "seen": self = .seen(try fields.decode(String.self, forKey: .text))
        case "status": self = .status(try fields.decode(StatusReport.self, forKey: .status))
        case "version": self = .version(try VersionEvent(from: decoder))
        case "done": self = .done(try DoneEvent(from: decoder))
        case "error": self = .error(try ErrorEvent(from: decoder))
        default: self = .unrecognised(name)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: .event)
        switch self {
        case .queued(let payload): try payload.encode(to: encoder)
        case .started(let payload): try payload.encode(to: encoder)
        case .step(let payload): try payload.encode(to: encoder)
        case .output(let payload): try payload.encode(to: encoder)
        case .probe(let payload): try payload.encode(to: encoder)
        case .note(let text), .seen(let text): try fields.encode(text, forKey: .text)
        case .status(let report): try fields.encode(report, forKey: .status)
        case .version(let payload): try payload.encode(to: encoder)
        case .done(let payload): try payload.encode(to: encoder)
        case .error(let payload): try payload.encode(to: encoder)
        case .unrecognised: break
        }
    }

    private var name: String {
        switch self {
        case .queued: "queued"
        case .started: "started"
        case .step: "step"
        case .output: "output"
        case .probe: "probe"
        case .note: "note"
        case .seen: "seen"
        case .status: "status"
        case .version: "version"
        case .done: "done"
        case .error: "error"
        case .unrecognised(let name): name
        }
    }
}
