internal import Linux

/// A form with files as browsers send it: multipart/form-data (RFC 7578). See `Request.multipart`.
public struct MultipartForm: Sendable {
    /// What a form may have. What is beyond is a 413; a form that is none, a 400.
    public struct Limits: Sendable, Equatable {
        /// Parts, fields and files together.
        public var maxParts = 1000
        /// Files among them: each of the larger ones has a descriptor while the form is used.
        public var maxFiles = 20
        /// The whole body, in bytes.
        public var maxBytes = 256 << 20
        /// The values of all fields together, in bytes.
        public var maxFieldBytes = 1 << 20
        /// Each file, in bytes.
        public var maxFileBytes = 64 << 20
        /// The header fields of each part, in bytes.
        public var maxHeaderBytes = 8 << 10
        /// Files up to so many bytes are kept in memory, larger ones in a file without a name in TMPDIR or /tmp.
        public var maxMemoryBytes = 64 << 10

        /// The limits with their defaults.
        public init() {}
    }

    /// A file of a form.
    public struct File: Sendable {
        /// The name of the form's field.
        public let name: String
        /// The name that the file has at the client: the last part of a path, without control characters. It is whatever the client
        /// says, so no name to write to; empty if no file was chosen.
        public let fileName: String
        /// The Content-Type that the client says, in its own words; nil: it says none.
        public let type: String?
        /// The length in bytes.
        public var size: Int { content.size }
        let content: MultipartContent

        /// All bytes. What is in a file is read.
        public func bytes() throws -> [UInt8] { try content.read(0..<content.size) }

        /// A part of the bytes, for what is too large to be read at once.
        public func bytes(_ range: Range<Int>) throws -> [UInt8] {
            try content.read(range.clamped(to: 0..<content.size))
        }

        /// Writes the bytes into a file, which takes the place of one that is there when it is whole. It blocks: in a
        /// handler that may (`HandlerKind.blocking`).
        public func write(to path: String, mode: UInt32 = 0o644) throws { try content.write(to: path, mode: mode) }
    }

    /// The fields that are no files, in their order.
    public internal(set) var fields = FormFields()
    /// The files in their order.
    public internal(set) var files: [File] = []

    /// The first value of a field; nil: there is none.
    public subscript(_ name: String) -> String? { fields[name] }

    /// The first file of a field; nil: there is none, or none was chosen.
    public func file(_ name: String) -> File? {
        files.first { $0.name == name && !($0.fileName.isEmpty && $0.size == 0) }
    }
}

/// The bytes of a file in a form: in memory, or in a file that nobody else can open.
final class MultipartContent: Sendable {
    private let memory: [UInt8]
    private let file: FileDescriptor?
    let size: Int

    init(_ memory: [UInt8]) {
        self.memory = memory
        file = nil
        size = memory.count
    }

    init(_ file: consuming FileDescriptor, size: Int) {
        memory = []
        self.file = consume file
        self.size = size
    }

    func read(_ range: Range<Int>) throws -> [UInt8] {
        guard file != nil else { return Array(memory[range]) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while bytes.count < range.count {
            let place = range.lowerBound + bytes.count
            guard let piece = try file?.read(at: place, count: min(range.upperBound - place, 1 << 20)), !piece.isEmpty
            else {
                throw SystemError(call: "pread", errno: .inputOutput)
            }
            bytes += piece
        }
        return bytes
    }

    func write(to path: String, mode: UInt32) throws {
        let name = "\(path).\(UInt64.random(in: .min ... .max))"
        let file = try Files.createNew(name, mode: mode)
        do {
            var place = 0
            while place < size {
                let piece = try read(place..<min(size, place + 1 << 20))
                try file.writeAll(piece, at: place)
                place += piece.count
            }
            try Files.rename(name, to: path)
        } catch {
            try? Files.unlink(name)
            throw error
        }
    }
}
