import Testing

/// The built command with real sockets, real workers and real load. One test runs at a time: each loads the machine.
@Suite("End to end", .serialized)
enum EndToEnd {}
