import Testing

@testable import Supervisor

@Suite("Environment of workers")
struct EnvironmentTests {
    @Test(
        "An environment file is read as systemd reads it",
        arguments: [
            ("A=1\nB=two words  \n\n# no\n; no\nC=", ["A": "1", "B": "two words", "C": ""]),
            ("A='x # y'\nB=\"a\\\"b\\$c\\\\\"\nC=\"\\n\"", ["A": "x # y", "B": "a\"b$c\\", "C": "\\n"]),
            ("A=one \\\ntwo", ["A": "one two"]), ("A=\"x\ny\"", ["A": "x\ny"]), ("  A = b ", ["A": "b"]),
            ("A=1\nA=2", ["A": "2"]), ("A=a=b", ["A": "a=b"]), ("A=x#y", ["A": "x#y"]),
            ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]),
            ("A=it\\'s", ["A": "it's"]), ("A='it'\"'\"'s'", ["A": "it's"]), ("", [:]), ("A=' x '", ["A": " x "]),
            ("A=x\\", ["A": "x"]),
        ])
    func readsFiles(text: String, variables: [String: String]) throws {
        #expect(try EnvironmentFile.parse(Array(text.utf8)) == variables)
    }

    @Test(
        "A line that cannot be read is told with its number",
        arguments: [
            ("A=1\nexport B=2", 2, "the name \"export B\"", "a variable name of letters, digits and \"_\""),
            ("A=1\n\nnonsense", 3, "\"nonsense\"", "KEY=VALUE"),
            ("1A=x", 1, "the name \"1A\"", "a variable name of letters, digits and \"_\""),
            ("A='x", 1, "a quote without end", "a closing '"),
            ("A=\"x\ny", 1, "a quote without end", "a closing \""),
            ("A=\0", 1, "bytes that are no text", "UTF-8 without zero bytes"),
        ])
    func refusesLines(text: String, line: Int, found: String, expected: String) {
        let mistake = EnvironmentFile.Mistake(
            position: TextPosition(line: line, column: 1), found: found, expected: expected)
        #expect(throws: mistake) { try EnvironmentFile.parse(Array(text.utf8)) }
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
                "PATH": "/bin", "HOME": "/home/web", "USER": "web", "LOGNAME": "web", "LANG": "C", "A": "1", "B": "2",
                "C": "3", "D": "4", "PYTHONUNBUFFERED": "1",
            ])
        #expect(
            EnvironmentLayers.merge(inherited: [:], account: nil, layers: [["PYTHONUNBUFFERED": ""]])
                == ["PATH": Defaults.searchPath, "PYTHONUNBUFFERED": ""])
    }

    @Test("A virtual environment stands before what the server sets, and behind what the release sets")
    func virtualEnvironment() {
        func merge(_ server: [String: String], _ release: [String: String]) -> [String: String] {
            EnvironmentLayers.merge(
                inherited: ["PATH": "/bin", "PYTHONHOME": "/x"], account: nil, virtualEnvironment: "/v",
                layers: [server, release], ownLayers: 1)
        }
        #expect(
            merge([:], [:]) == ["PATH": "/v/bin:/bin", "VIRTUAL_ENV": "/v", "PYTHONUNBUFFERED": "1"])
        #expect(merge(["PATH": "/s"], [:])["PATH"] == "/v/bin:/s")
        #expect(merge(["PATH": "/s"], ["PATH": "/r"])["PATH"] == "/r")
    }
}
