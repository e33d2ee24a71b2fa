import Linux
import Testing

@testable import Supervisor

@Suite("Environment of workers")
struct EnvironmentTests {
    /// Lines of `Tests/Fixtures/environment.table`: a file's text, and what systemd 252 made of it. SystemdTests asks the
    /// real one again.
    private static func table() throws -> [(text: [UInt8], expected: [String: String]?)] {
        let path = Paths.join(#filePath, "../../../Fixtures/environment.table")
        return String(decoding: try Files.read(path), as: UTF8.self).dropLast().split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map { unescaped($0) }
            guard parts.dropFirst() != [Array("!".utf8)] else { return (parts[0], nil) }
            let pairs = parts.dropFirst().map { pair in
                let sides = String(decoding: pair, as: UTF8.self).split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(sides[0]), String(sides[1]))
            }
            return (parts[0], Dictionary(pairs) { $1 })
        }
    }

    private static func unescaped(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "x"):
                bytes += UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16).map { [$0] } ?? []
                rest = rest.dropFirst(2)
            default: bytes.append(next)
            }
        }
        return bytes
    }

    @Test("An environment file means what it means to systemd, in every line of the table")
    func readsFiles() throws {
        let table = try Self.table()
        #expect(table.count > 90)
        for (text, expected) in table {
            let shown = String(decoding: text, as: UTF8.self)
            let found = (try? EnvironmentFile.parse(text))?.variables
            #expect(found == expected, "\(shown.debugDescription)")
        }
    }

    @Test(
        "A line that systemd passes over is told with its number, and without its words",
        arguments: [
            ("A=1\nexport B=2\n", 2, "a name that is not allowed for a variable"),
            ("A=1\n\nnonsense", 3, "a text without \"=\""),
            ("1A=x", 1, "a name that is not allowed for a variable"),
        ])
    func tellsIgnoredLines(text: String, line: Int, found: String) throws {
        let content = try EnvironmentFile.parse(Array(text.utf8))
        #expect(content.ignored == [EnvironmentFile.Ignored(line: line, found: found)])
    }

    @Test("A file that systemd refuses is refused, with the line")
    func refusesFiles() {
        for (bytes, line) in [(Array("A=1\nB=".utf8) + [0xFF, 0x0A], 2), (Array("A=1\n\nB=".utf8) + [0], 3)] {
            let error = #expect(throws: EnvironmentFile.Mistake.self) { try EnvironmentFile.parse(bytes) }
            #expect(error?.position.line == line)
        }
    }

    @Test("The release wins over the server, files over values, and the master's own variables stay with it")
    func merges() {
        let merged = EnvironmentLayers.merge(
            inherited: [
                "PATH": "/bin", "HOME": "/root", "LISTEN_FDS": "1", "NOTIFY_SOCKET": "/x", "DEPLOYD_CONFIG": "y",
                "LANG": "C",
                "SHELL": "/bin/zsh", "XDG_RUNTIME_DIR": "/run/user/0", "A": "0",
            ],
            account: ("web", "/home/web"),
            layers: [["A": "1", "B": "1"], ["B": "2", "C": "2"], ["C": "3"], ["D": "4"]])
        #expect(
            merged == [
                "PATH": "/bin:/usr/local/sbin:/usr/sbin:/sbin", "HOME": "/home/web", "USER": "web", "LOGNAME": "web",
                "LANG": "C", "A": "1", "B": "2", "C": "3", "D": "4", "PYTHONUNBUFFERED": "1",
            ])
        #expect(
            EnvironmentLayers.merge(inherited: [:], account: nil, layers: [["PYTHONUNBUFFERED": ""]])
                == ["PATH": Defaults.searchPath, "PYTHONUNBUFFERED": ""])
    }

    @Test(
        "The programs of the system are found, too, behind what PATH has; who sets PATH has his way",
        arguments: [
            ("/usr/local/bin:/usr/bin:/bin", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"),
            ("/usr/sbin:/bin", "/usr/sbin:/bin:/usr/local/sbin:/sbin"),
            (":/bin", ":/bin:/usr/local/sbin:/usr/sbin:/sbin"),
            (Defaults.searchPath, Defaults.searchPath), ("", "/usr/local/sbin:/usr/sbin:/sbin"),
        ])
    func systemPrograms(path: String, completed: String) {
        #expect(Defaults.completed(searchPath: path) == completed)
        #expect(Defaults.completed(searchPath: completed) == completed)
        let merge = { (layers: [[String: String]]) in
            EnvironmentLayers.merge(inherited: ["PATH": path], account: nil, layers: layers)["PATH"]
        }
        #expect(merge([]) == completed)
        #expect(merge([["PATH": "/own"]]) == "/own")
    }

    @Test("A virtual environment stands before what the server sets, and behind what the release sets")
    func virtualEnvironment() {
        func merge(_ server: [String: String], _ release: [String: String]) -> [String: String] {
            EnvironmentLayers.merge(
                inherited: ["PATH": "/bin", "PYTHONHOME": "/x"], account: nil, virtualEnvironment: "/v",
                layers: [server, release], ownLayers: 1)
        }
        #expect(
            merge([:], [:]) == [
                "PATH": "/v/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "VIRTUAL_ENV": "/v", "PYTHONUNBUFFERED": "1",
            ])
        #expect(merge(["PATH": "/s"], [:])["PATH"] == "/v/bin:/s")
        #expect(merge(["PATH": "/s"], ["PATH": "/r"])["PATH"] == "/r")
    }
}
