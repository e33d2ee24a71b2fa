import Linux
import TestSupport

/// A program that no master should become.
struct BrokenProgram {
    /// The file.
    let path: String
    /// What the refusal must say.
    let words: String
    /// How long its trial may take.
    var timeout = "60s"

    /// One of every kind, written into a directory.
    static func all(in directory: TemporaryDirectory) throws -> [BrokenProgram] {
        func script(_ name: String, _ text: String) throws -> String {
            try directory.write("broken/\(name)", "#!/bin/sh\n\(text)\n", mode: 0o755)
        }
        return [
            BrokenProgram(path: directory.path("broken/missing"), words: "there is no program"),
            BrokenProgram(
                path: try directory.write("broken/mode", "#!/bin/sh\n", mode: 0o644), words: "may not be executed"),
            BrokenProgram(
                path: try directory.write("broken/text", "hello\n", mode: 0o755),
                words: "not a program for this machine"),
            BrokenProgram(path: try foreign(directory), words: "not a program for this machine"),
            BrokenProgram(path: try script("crash", "kill -SEGV $$"), words: "crashed in its trial run (SIGSEGV)"),
            BrokenProgram(path: try script("silent", "exit 0"), words: "it is not deployd"),
            BrokenProgram(
                path: try script("older", "echo found version 2, expected 1; exit 1"),
                words: "found version 2, expected 1"),
            BrokenProgram(path: try script("hang", "exec sleep 600"), words: "gave no verdict", timeout: "1s"),
        ]
    }

    /// deployd's own file, for a machine of another kind: `e_machine` (elf(5)), two bytes at 18, says IA-64.
    private static func foreign(_ directory: TemporaryDirectory) throws -> String {
        var bytes = try Files.read(try Products.path("deployd"), limit: 1 << 30)
        bytes[18] = 50
        bytes[19] = 0
        let path = directory.path("broken/foreign")
        try Files.create(path, mode: 0o755).writeAll(bytes)
        return path
    }
}
