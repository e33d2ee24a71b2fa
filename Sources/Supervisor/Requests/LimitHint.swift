internal import DeployCore
internal import Linux

/// The limits that may have ended a worker: a program that gets no memory seldom says so.
enum LimitHint {
    /// The limits of a release that fit the way in which a worker ended, as a clause to be added; empty: none does.
    ///
    /// - Parameters:
    ///   - limits: those of the worker.
    ///   - generation: those of all of its generation, by key.
    static func text(on end: WorkerEnd, limits: [LaunchOrder.Limit], generation: [String: UInt64]?) -> String {
        var suspects = limits.compactMap { limit -> String? in
            guard let resource = ResourceLimit(rawValue: limit.resource), limit.value != ResourceLimit.unlimited,
                mayEnd(resource, end)
            else { return nil }
            return "limits.\(limit.resource) is \(LimitCheck.text(resource, limit.value))"
        }
        if end == .outOfMemory, let memory = generation?[GroupLimit.memory.rawValue].flatMap({ Int(exactly: $0) }) {
            suspects.append("limits.generation.memory is \(Sizes.text(memory))")
        }
        return suspects.isEmpty ? "" : "; \(suspects.joined(separator: ", ")): that may be too little"
    }

    /// Source: getrlimit(2). A program whose loader gets no memory exits with 127.
    private static func mayEnd(_ resource: ResourceLimit, _ end: WorkerEnd) -> Bool {
        switch end {
        case .signalled(let name, _):
            switch resource {
            case .memory: ["SIGSEGV", "SIGKILL", "SIGABRT", "SIGBUS", "SIGILL", "SIGTRAP"].contains(name)
            case .stack: ["SIGSEGV", "SIGKILL", "SIGBUS"].contains(name)
            case .processorTime: ["SIGXCPU", "SIGKILL"].contains(name)
            case .fileSize: name == "SIGXFSZ"
            case .files, .processes, .core, .locked: false
            }
        case .exited(let code): resource == .memory && code == 127
        case .notLaunched: resource == .memory || resource == .stack
        case .outOfMemory, .silent, .gaveUp, .recycled, .unobserved: false
        }
    }
}
