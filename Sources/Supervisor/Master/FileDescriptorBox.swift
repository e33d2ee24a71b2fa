internal import Linux

/// A descriptor that stands in a collection.
final class FileDescriptorBox {
    private let file: FileDescriptor
    var number: CInt { file.number }

    init(_ file: consuming FileDescriptor) { self.file = file }

    func withFile<Result>(_ body: (borrowing FileDescriptor) -> Result) -> Result { body(file) }
}
