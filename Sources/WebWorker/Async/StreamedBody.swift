/// The progress of a request body that goes to its handler as it arrives.
enum StreamedBody: Equatable, Sendable {
    /// There is none, or it is whole.
    case none
    /// It is read, and given on.
    case wanted
    /// The handler has enough for now: nothing is read from the client.
    case held
}
