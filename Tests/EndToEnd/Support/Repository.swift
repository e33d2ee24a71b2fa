import Linux
import TestSupport

/// Where things lie that the tests take from the project's folder.
enum Repository {
    /// The folder of Package.swift.
    static let path: String = {
        var path = "\(#filePath)"
        for _ in 1...4 { path = Files.directory(of: path) }
        return path
    }()

    /// A file or folder of Tests/Fixtures. Where the interpreter of a script is missing, the test that runs ends here.
    static func fixture(_ name: String) throws -> String {
        let file = "\(path)/Tests/Fixtures/\(name)"
        try requireInterpreter(of: file)
        return file
    }

    private static func requireInterpreter(of file: String) throws {
        let beginning = "#!/usr/bin/env "
        guard Files.kind(file) == .file else { return }
        let line = String(decoding: try Files.open(file).read(at: 0, count: 80).prefix { $0 != 10 }, as: UTF8.self)
        if line.hasPrefix(beginning) { try Program.require(String(line.dropFirst(beginning.count))) }
    }

    /// Copies a file or a folder with all that is in it; what may be executed stays so. Scripts as with ``fixture(_:)``.
    static func copy(_ source: String, to target: String) throws {
        let status = try Files.status(source)
        guard status.kind == .directory else {
            try requireInterpreter(of: source)
            let mode = status.mode & 0o777
            try Files.create(target, mode: mode).writeAll(try Files.read(source, limit: 1 << 30))
            return try Files.setMode(target, mode)
        }
        try Files.makeDirectory(target)
        for name in try Files.list(source) { try copy("\(source)/\(name)", to: "\(target)/\(name)") }
    }
}
