internal import Synchronization

/// The fields of one request's query and form, each read once, when somebody asks, up to a number of them.
final class ReadFields: Sendable {
    private struct State {
        var query: FormFields?
        var form: FormFields?
    }

    private let state = Mutex(State())
    private let maxFields: Int

    init(maxFields: Int) { self.maxFields = maxFields }

    func query(_ bytes: () -> [UInt8]) -> FormFields {
        state.withLock { state in
            let fields = state.query ?? FormFields(urlencoded: bytes(), maxFields: maxFields)
            state.query = fields
            return fields
        }
    }

    /// - Parameter read: reads up to so many fields.
    func form(_ read: (Int) -> FormFields) -> FormFields {
        state.withLock { state in
            let fields = state.form ?? read(maxFields)
            state.form = fields
            return fields
        }
    }
}
