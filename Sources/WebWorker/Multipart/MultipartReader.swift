internal import Linux

/// Reads a form within its limits: fields into memory, files into memory or into files without a name.
struct MultipartReader: ~Copyable {
    private let limits: MultipartForm.Limits
    private let directory: String
    private var parser: MultipartParser
    private var form = MultipartForm()
    private var parts = 0
    private var files = 0
    private var taken = 0
    private var fieldBytes = 0
    /// The part in hand; nil: none.
    private var head: MultipartHead?
    private var memory: [UInt8] = []
    private var file: FileDescriptor?
    private var fileBytes = 0

    /// A reader for the body of a request. Throws a 415 for a body of another type, a 400 for one without a boundary.
    init(contentType: String?, _ limits: MultipartForm.Limits, directory: String? = nil) throws(HTTPError) {
        guard let contentType, MultipartHead.word(contentType) == "multipart/form-data" else {
            throw HTTPError(
                .unsupportedMediaType, "expected multipart/form-data, found \(contentType ?? "no Content-Type")")
        }
        // RFC 2046, section 5.1.1: up to 70 characters.
        guard let boundary = MultipartHead.parameter("boundary", of: contentType), (1...70).contains(boundary.count),
            !boundary.contains(where: { $0 == 0x0d || $0 == 0x0a })
        else { throw HTTPError(.badRequest, "multipart/form-data without a boundary of 1 to 70 characters") }
        self.limits = limits
        self.directory = directory ?? ThisProcess.variable("TMPDIR") ?? "/tmp"
        parser = MultipartParser(boundary: boundary, maxHeaderBytes: limits.maxHeaderBytes)
    }

    /// Takes the next piece of the body.
    mutating func take(_ piece: [UInt8]) throws {
        taken += piece.count
        guard taken <= limits.maxBytes else {
            throw HTTPError(.contentTooLarge, "the form has more than \(limits.maxBytes) bytes")
        }
        var events: [MultipartParser.Event] = []
        do { try parser.feed(piece) { events.append($0) } } catch {
            switch error {
            case MultipartParser.Failure.malformed(let what): throw HTTPError(.badRequest, "the form has \(what)")
            case MultipartParser.Failure.headersTooLong:
                throw HTTPError(
                    .contentTooLarge, "a part has header fields of more than \(limits.maxHeaderBytes) bytes")
            default: throw error
            }
        }
        for event in events {
            switch event {
            case .part(let fields): try begin(fields)
            case .content(let bytes): try add(bytes)
            case .partEnded: end()
            }
        }
    }

    /// The form, when the body is whole.
    consuming func whole() throws(HTTPError) -> MultipartForm {
        guard parser.isOver else { throw HTTPError(.badRequest, "the form ends before its last boundary") }
        return form
    }

    private mutating func begin(_ fields: [UInt8]) throws(HTTPError) {
        parts += 1
        guard parts <= limits.maxParts else {
            throw HTTPError(.contentTooLarge, "the form has more than \(limits.maxParts) parts")
        }
        guard let head = MultipartHead(fields) else {
            throw HTTPError(.badRequest, "a part without Content-Disposition: form-data; name=\"...\"")
        }
        files += head.fileName == nil ? 0 : 1
        guard files <= limits.maxFiles else {
            throw HTTPError(.contentTooLarge, "the form has more than \(limits.maxFiles) files")
        }
        self.head = head
        memory = []
        file = nil
        fileBytes = 0
    }

    private mutating func add(_ bytes: [UInt8]) throws {
        guard let head else { return }
        guard head.fileName != nil else {
            fieldBytes += bytes.count
            guard fieldBytes <= limits.maxFieldBytes else {
                throw HTTPError(.contentTooLarge, "the fields of the form have more than \(limits.maxFieldBytes) bytes")
            }
            memory += bytes
            return
        }
        guard fileBytes + memory.count + bytes.count <= limits.maxFileBytes else {
            throw HTTPError(.contentTooLarge, "the file of \"\(head.name)\" has more than \(limits.maxFileBytes) bytes")
        }
        memory += bytes
        if fileBytes + memory.count > limits.maxMemoryBytes { try moveToFile() }
    }

    private mutating func moveToFile() throws {
        if file == nil { file = try Files.temporary(in: directory) }
        try file?.writeAll(memory, at: fileBytes)
        fileBytes += memory.count
        memory = []
    }

    private mutating func end() {
        guard let head = head.take() else { return }
        guard let fileName = head.fileName else {
            form.fields.add(head.name, String(decoding: memory, as: UTF8.self))
            memory = []
            return
        }
        let content: MultipartContent
        if let file = file.take() {
            content = MultipartContent(file, size: fileBytes)
        } else {
            content = MultipartContent(memory)
        }
        memory = []
        form.files.append(MultipartForm.File(name: head.name, fileName: fileName, type: head.type, content: content))
    }
}

extension Request {
    /// Reads a form with files from the whole body: on a route with `body: .streamed` call it with `await`.
    ///
    /// Throws an `HTTPError`: 415 for a body of another type, 400 for one that is no form, 413 beyond the limits.
    public func multipart(_ limits: MultipartForm.Limits = MultipartForm.Limits()) throws -> MultipartForm {
        var reader = try MultipartReader(contentType: headers["content-type"], limits)
        try reader.take(body)
        return try reader.whole()
    }

    /// Reads a form with files as its body arrives: no more than a piece of a file is in memory.
    ///
    /// Throws an `HTTPError`: 415 for a body of another type, 400 for one that is no form, 413 beyond the limits; `ClientGone` when the
    /// client leaves.
    public func multipart(_ limits: MultipartForm.Limits = MultipartForm.Limits()) async throws -> MultipartForm {
        var reader = try MultipartReader(contentType: headers["content-type"], limits)
        for try await piece in stream { try reader.take(piece) }
        return try reader.whole()
    }
}
