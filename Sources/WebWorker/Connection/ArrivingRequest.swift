/// A request whose head is whole and whose body arrives.
struct ArrivingRequest {
    let head: RequestHead
    /// The head's bytes.
    let bytes: [UInt8]
    var body: [UInt8] = []
    var decoder = ChunkedDecoder()
    /// When the head was whole, in milliseconds of the monotonic clock.
    let since: Int64
}
