import Linux
import TestSupport

/// A Swift file of this package, as text.
struct SourceFile {
    /// The path within the package, such as "Sources/Linux/Errno.swift".
    let path: String
    /// Its lines.
    let lines: [String]

    /// Every Swift file below the folders.
    static func all(in folders: [String]) throws -> [SourceFile] {
        let root = try packageDirectory()
        return try folders.flatMap { try files(below: $0, root) }
    }

    /// The folder with Package.swift: one of those above this file.
    private static func packageDirectory(of file: StaticString = #filePath) throws -> String {
        var folder = Files.directory(of: "\(file)")
        while Files.kind("\(folder)/Package.swift") != .file {
            guard folder != "/" else { throw SystemError(call: "find", errno: .notFound, subject: "Package.swift") }
            folder = Files.directory(of: folder)
        }
        return folder
    }

    private static func files(below folder: String, _ root: String) throws -> [SourceFile] {
        try Files.list("\(root)/\(folder)").flatMap { name -> [SourceFile] in
            let path = "\(folder)/\(name)"
            if Files.kind("\(root)/\(path)") == .directory { return try files(below: path, root) }
            guard name.hasSuffix(".swift") else { return [] }
            let text = String(decoding: try Files.read("\(root)/\(path)"), as: UTF8.self)
            return [SourceFile(path: path, text: text)]
        }
    }

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The modules that it imports, whatever the form of the import.
    var imports: Set<String> {
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let found = lines.compactMap { line -> String? in
            let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
            guard let place = words.firstIndex(of: "import"), place <= 1,
                place == 0 || ["public", "package", "internal", "fileprivate", "private"].contains(words[0]),
                let name = words[(place + 1)...].first(where: { !kinds.contains($0) })
            else { return nil }
            return String(name.prefix { $0 != "." })
        }
        return Set(found)
    }

    /// The numbers (from 1) of the lines that have `word` in their code and no comment behind it or on the line above.
    func unexplained(_ word: String) -> [Int] {
        lines.indices.filter { index in
            let line = lines[index]
            let comment = line.firstRange(of: "//")?.lowerBound ?? line.endIndex
            guard line[..<comment].contains(word), comment == line.endIndex else { return false }
            return index == 0 || !lines[index - 1].drop { $0 == " " }.hasPrefix("//")
        }.map { $0 + 1 }
    }

    /// The numbers (from 1) of the lines that declare something for other modules and have no doc comment above.
    var undocumented: [Int] {
        lines.indices.filter { index in
            let words = lines[index].split(separator: " ").filter { !$0.hasPrefix("@") }
            guard let first = words.first, first == "package" || first == "public", !words.contains("import") else {
                return false
            }
            let above = lines[..<index].last { !$0.drop { $0 == " " }.hasPrefix("@") }
            return above.map { !$0.drop { $0 == " " }.hasPrefix("///") } ?? true
        }.map { $0 + 1 }
    }
}
