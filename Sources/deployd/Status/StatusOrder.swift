internal import Supervisor

/// In which order and colour generations are shown.
enum StatusOrder {
    /// The serving one first, then from the newest to the oldest.
    static func generations(of report: StatusReport) -> [GenerationReport] {
        report.generations.sorted {
            let isFirst = $0.number == report.serving
            let isSecond = $1.number == report.serving
            return isFirst == isSecond ? $0.number > $1.number : isFirst
        }
    }

    static func tint(of state: GenerationState) -> Paint.Tint {
        switch state {
        case .serving: .good
        case .draining, .stopping: .faint
        default: .busy
        }
    }
}
