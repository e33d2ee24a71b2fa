internal import Linux

/// What the kernel needs beside a program's own file to start it: the interpreter that a script names in its first line,
/// the loader that a binary names in its header. Where that is missing, execve(2) says "No such file or directory" of a file
/// that is there.
struct ProgramStart {
    /// Why the program cannot be started.
    struct Obstacle: Equatable {
        /// As it stands after "found".
        let found: String
        let expected: String
        var advice = ""

        var text: String { "found \(found), expected \(expected)" + (advice.isEmpty ? "" : "; \(advice)") }
    }

    /// So much of a script's first line counts. Source: BINPRM_BUF_SIZE, linux/binfmts.h.
    private static let headBytes = 256
    /// So many scripts may be the interpreters of each other. Source: exec_binprm, fs/exec.c.
    private static let deepest = 5

    /// The absolute path of the working directory: a relative interpreter is looked for here.
    let directory: String
    /// PATH: directories with colons between, for `#!/usr/bin/env NAME`.
    let searchPath: String
    /// Opens the files that are read: for a release with no more rights than its writers have.
    var opening: (String) throws(SystemError) -> FileDescriptor = {
        (path: String) throws(SystemError) -> FileDescriptor in try Files.open(path)
    }

    /// An obstacle to starting the file; nil if none is known.
    func obstacle(to program: String) -> Obstacle? { obstacle(to: program, depth: 1) }

    private func obstacle(to program: String, depth: Int) -> Obstacle? {
        guard depth <= Self.deepest, let file = try? opening(program),
            let head = try? file.read(at: 0, count: Self.headBytes)
        else { return nil }
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            return Obstacle(
                found: "\(program), which begins with a byte order mark", expected: "`#!` as its first two bytes",
                advice: "sed -i '1s/^\\xEF\\xBB\\xBF//' \(ShellWord.quoted(program))")
        }
        if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return loaderObstacle(of: program, ELFHeader(file, head)) }
        guard head.starts(with: "#!".utf8) else { return textObstacle(of: program, head) }
        return scriptObstacle(of: program, ShebangLine(head.dropFirst(2)), depth)
    }

    /// The programs that the kernel, or env, starts in the place of a script: the first that its first line names, and so on.
    ///
    /// - Parameters:
    ///   - namingEnv: whether env itself is one of them.
    ///   - isReachable: whether the user gets to a program. Of those on PATH env takes the first that he does, and
    ///     passes over the others (execvp(3), EACCES).
    func interpreters(
        of program: String, namingEnv: Bool = false, isReachable: (String) -> Bool = { _ in true }
    ) -> [String] {
        var found: [String] = []
        var next: String? = program
        var depth = 0
        while let script = next, depth < Self.deepest {
            next = nil
            depth += 1
            guard let file = try? opening(script), let head = try? file.read(at: 0, count: Self.headBytes),
                head.starts(with: "#!".utf8)
            else { break }
            let line = ShebangLine(head.dropFirst(2))
            let interpreter = Paths.join(directory, line.interpreter)
            let isEnv = Paths.name(interpreter) == "env"
            if isEnv, namingEnv { found.append(interpreter) }
            next = isEnv ? line.wordOfEnv.flatMap { onPath($0, isReachable) } : interpreter
            if let next { found.append(next) }
        }
        return found
    }

    private func onPath(_ word: String, _ isReachable: (String) -> Bool = { _ in true }) -> String? {
        if word.contains("/") { return Paths.join(directory, word) }
        let places = searchPath.split(separator: ":").map { Paths.join(Paths.join(directory, String($0)), word) }
            .filter { Self.missing($0) == nil }
        return places.first(where: isReachable) ?? places.first
    }

    /// A shell would run it; the kernel does not (ENOEXEC).
    private func textObstacle(of program: String, _ head: [UInt8]) -> Obstacle? {
        let isText = !head.isEmpty && head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (9...13).contains($0) }
        guard isText else { return nil }
        return Obstacle(
            found: "\(program), a script whose first line names no interpreter",
            expected: "a first line such as `#!/bin/sh`, or a program")
    }

    private func scriptObstacle(of program: String, _ line: ShebangLine, _ depth: Int) -> Obstacle? {
        let shown = "\(program), whose first line is \(JSONValue.quoted("#!\(line.text)"))"
        if line.text.hasSuffix("\r") {
            return Obstacle(
                found: "\(shown): it ends in a carriage return, which counts as a part of the interpreter's name",
                expected: "Unix line ends", advice: "sed -i 's/\\r$//' \(ShellWord.quoted(program))")
        }
        guard !line.interpreter.isEmpty else {
            return Obstacle(found: shown, expected: "an interpreter's path after `#!`")
        }
        let interpreter = Paths.join(directory, line.interpreter)
        if let obstacle = Self.missing(interpreter) {
            return Obstacle(
                found: "\(shown): there is \(obstacle) \(interpreter)", expected: "an interpreter that exists")
        }
        guard Paths.name(interpreter) == "env" else { return obstacle(to: interpreter, depth: depth + 1) }
        return line.wordOfEnv.flatMap { named(by: $0, shown, line) }
    }

    /// The program that env(1) looks for on PATH.
    private func named(by word: String, _ shown: String, _ line: ShebangLine) -> Obstacle? {
        guard !word.contains("/") else {
            return Self.missing(Paths.join(directory, word)).map {
                Obstacle(found: "\(shown): there is \($0) \(word)", expected: "an interpreter that exists")
            }
        }
        guard onPath(word) == nil else { return nil }
        return Obstacle(
            found: "\(shown): there is no program \(JSONValue.quoted(word)) on PATH (\(searchPath))",
            expected: "an interpreter that exists",
            advice: word.contains(" ")
                ? "env takes everything after it for one name: `#!/usr/bin/env -S \(word)`" : "")
    }

    private func loaderObstacle(of program: String, _ header: ELFHeader?) -> Obstacle? {
        guard let loader = header?.loader, Self.missing(loader) != nil else { return nil }
        return Obstacle(
            found: "\(program), whose loader \(loader) does not exist",
            expected: "a program that was built for this system",
            advice: "it was built for another C library or another machine")
    }

    /// The flaw of an interpreter, as it stands before its path; nil for none.
    private static func missing(_ path: String) -> String? {
        guard Files.kind(path) == .file else { return "no program" }
        return Files.isExecutable(path) ? nil : "no permission to execute"
    }
}

/// The first line of a script, behind `#!`. Source: load_script, fs/binfmt_script.c.
private struct ShebangLine {
    /// All of it, but for the line's end and spaces around it.
    let text: String
    /// The program that is started.
    let interpreter: String
    /// The one argument that the kernel passes to the interpreter.
    let argument: String

    init(_ bytes: some Collection<UInt8>) {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0 }.drop(while: isSpace)
        let name = line.prefix { !isSpace($0) }
        interpreter = String(decoding: name, as: UTF8.self)
        let rest = Array(line.dropFirst(name.count).drop(while: isSpace))
        let end = rest.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        argument = String(decoding: rest[..<end], as: UTF8.self)
        text = argument.isEmpty ? interpreter : "\(interpreter) \(argument)"
    }

    /// The program that env(1) would start; nil if not known.
    var wordOfEnv: String? {
        let words = argument.split(separator: " ")
        guard let first = words.first else { return nil }
        guard first.hasPrefix("-") else { return argument }
        // Only with -S it takes several words.
        return words.dropFirst(first.hasSuffix("S") ? 1 : words.count)
            .first { !$0.hasPrefix("-") && !$0.contains("=") }.map(String.init)
    }
}

/// As much of an ELF file's header as tells its loader. Source: elf(5).
private struct ELFHeader {
    /// The loader's path; nil: it needs none.
    let loader: String?

    /// Nil when it is of a kind that this machine would not start, or makes no sense.
    init?(_ file: borrowing FileDescriptor, _ head: [UInt8]) {
        guard head.count >= 64, head[5] == 1, head[4] == 1 || head[4] == 2 else { return nil }
        let isWide = head[4] == 2
        let offset = Self.number(head, isWide ? 32..<40 : 28..<32)
        let size = Self.number(head, isWide ? 54..<56 : 42..<44)
        let count = Self.number(head, isWide ? 56..<58 : 44..<46)
        guard offset < 1 << 40, size >= (isWide ? 56 : 32), count <= 256,
            let table = try? file.read(at: offset, count: size * count), table.count == size * count
        else { return nil }
        for start in stride(from: 0, to: table.count, by: size) {
            let entry = Array(table[start..<(start + size)])
            // PT_INTERP
            guard Self.number(entry, 0..<4) == 3 else { continue }
            let place = Self.number(entry, isWide ? 8..<16 : 4..<8)
            let length = Self.number(entry, isWide ? 32..<40 : 16..<20)
            guard place < 1 << 40, length <= 4096, let name = try? file.read(at: place, count: length) else {
                return nil
            }
            loader = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            return
        }
        loader = nil
    }

    /// A number whose lowest byte stands first; one that no file has is larger than all.
    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        Int(exactly: bytes[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) ?? .max
    }
}
