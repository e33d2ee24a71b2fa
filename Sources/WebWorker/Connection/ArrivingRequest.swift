/// A request whose head is whole and whose body arrives.
final class ArrivingRequest {
    let head: RequestHead
    /// The head's bytes.
    let bytes: [UInt8]
    var body: [UInt8] = []
    var decoder = ChunkedDecoder()
    /// When the head was whole, in milliseconds of the monotonic clock.
    let since: Int64

    init(head: RequestHead, bytes: [UInt8], since: Int64) {
        self.head = head
        self.bytes = bytes
        self.since = since
    }
}
