import Linux

/// Where things lie that the tests take from the project's folder.
enum Repository {
    /// The folder of Package.swift.
    static let path: String = {
        var path = "\(#filePath)"
        for _ in 1...4 { path = Files.directory(of: path) }
        return path
    }()

    /// A file or folder of Tests/Fixtures.
    static func fixture(_ name: String) -> String { "\(path)/Tests/Fixtures/\(name)" }

    /// Copies a file or a folder with all that is in it; what may be executed stays so.
    static func copy(_ source: String, to target: String) throws {
        let status = try Files.status(source)
        guard status.kind == .directory else {
            let mode = status.mode & 0o777
            try Files.create(target, mode: mode).writeAll(try Files.read(source, limit: 1 << 30))
            return try Files.setMode(target, mode)
        }
        try Files.makeDirectory(target)
        for name in try Files.list(source) { try copy("\(source)/\(name)", to: "\(target)/\(name)") }
    }
}
