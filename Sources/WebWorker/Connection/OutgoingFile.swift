internal import Linux

/// An open file of which a part is still to be sent.
final class OutgoingFile {
    let descriptor: FileDescriptor
    var offset: Int
    var remaining: Int

    init(_ descriptor: consuming FileDescriptor, offset: Int, count: Int) {
        self.descriptor = descriptor
        self.offset = offset
        remaining = count
    }
}
