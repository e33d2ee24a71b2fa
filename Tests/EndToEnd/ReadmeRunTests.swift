import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// The whole README, typed line by line as a newcomer would, on a copy of the tree, in a network and with system
    /// directories of its own. What Swift builds is there already: `swift` only hands it out.
    @Suite("The README as it is typed")
    struct ReadmeRunTests {
        private let tree: TemporaryDirectory

        init() throws {
            tree = try TemporaryDirectory()
            for folder in ["releases", "deploy"] {
                try Repository.copy("\(Repository.path)/\(folder)", to: tree.path(folder))
            }
            for name in ["deployd", "site-v1", "site-v2"] {
                try Files.makeDirectory(tree.path(".build/release"))
                try Repository.copy(try Products.path(name), to: tree.path(".build/release/\(name)"))
            }
            try tree.write("tools/swift", Self.swift, mode: 0o755)
            try tree.write("tools/sudo", "#!/bin/sh\nexec \"$@\"\n", mode: 0o755)
            try tree.write("tools/apt", "#!/bin/sh\necho \"apt $*\" >>\"$TREE/apt\"\n", mode: 0o755)
            try tree.write("tools/systemctl", "#!/bin/sh\necho \"systemctl $*\" >>\"$TREE/systemctl\"\n", mode: 0o755)
        }

        private static let swift = """
            #!/bin/sh
            case "$*" in
                "run -c release deployd start") exec "$TREE/.build/release/deployd" start ;;
                "build -c release" | test) ;;
                *) echo "swift $*: the README never said so"; exit 64 ;;
            esac

            """

        /// The commands of a block, and what it says that they print.
        private func typed(_ block: String) -> (commands: [String], printed: [String]) {
            let lines = block.split(separator: "\n").map(String.init)
            guard lines.contains(where: { $0.hasPrefix("$ ") }) else { return (lines, []) }
            let commands = lines.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
            return (commands, lines.filter { !$0.hasPrefix("$ ") })
        }

        /// A line but for figures, units, names and the width of columns.
        private func shape(_ line: String) -> String {
            let units: Set = ["ms", "s", "µs", "KiB", "MiB", "root"]
            return line.split(separator: " ").map { word in
                if word.contains("/") { return "/" }
                if word.contains(where: \.isNumber), !word.hasPrefix("v"), !word.hasPrefix("127.") { return "#" }
                return units.contains(word.trimmingCommas) ? "" : String(word)
            }.filter { !$0.isEmpty }.joined(separator: " ")
        }

        /// Runs the script in namespaces of its own; nil: this user may not have any.
        private func run(_ script: String) throws -> Child.Finished? {
            let isRoot = ThisProcess.uid == 0
            let unshare = [try Program.path("unshare"), isRoot ? "-mn" : "-rmn"]
            guard try Child.run(unshare + ["/bin/true"]).status == .exited(code: 0) else { return nil }
            let path = try tree.write("script", script)
            return try Child.run(
                unshare + ["/bin/bash", path],
                environment: [
                    "PATH=\(tree.path("tools")):/usr/sbin:/usr/bin:/sbin:/bin", "TREE=\(tree.path)",
                    "HOME=\(tree.path)",
                    "LANG=C.UTF-8", "USER=root",
                ], upTo: .seconds(180))
        }

        @Test("Every command works, and prints what it is said to print")
        func typed() throws {
            try Program.require("ip", "unshare", "curl", "setpriv")
            let blocks = try ReadmeTests.blocks("")
            let start = try #require(blocks.first)
            let rest = blocks.dropFirst().map(typed)
            let serverBlocks = try ReadmeTests.blocks("json5")
            try tree.write("hello.json", try #require(serverBlocks.first { $0.contains("python3") }))
            try tree.write("hello.py", try #require(try ReadmeTests.blocks("python").first))
            // The two files of "Your own server" are there when its block begins.
            var script = """
                ip link set lo up || exit 90
                mount -t tmpfs none /etc/systemd && mkdir /etc/systemd/system || exit 91
                mount -t tmpfs none /usr/local/bin || exit 92
                cd "$TREE"
                (\(start)) >start.out 2>&1 &
                until curl -sf -o index http://127.0.0.1:8080/; do sleep 0.1; kill -0 $! || { cat start.out; exit 94; }; done
                # The page that is open in a browser.
                (while curl -sf -o page http://127.0.0.1:8080/version; do sleep 0.1; done) &

                """
            for (number, block) in rest.enumerated() {
                if block.commands.contains(where: { $0.contains("releases/hello") }) {
                    script += "mkdir releases/hello && mv hello.json releases/hello/release.json\n"
                    script += "mv hello.py releases/hello/server.py\n"
                }
                if block.commands.contains(where: { $0.contains("deployd unit") }) {
                    script += "echo '{}' >deployd.json\n"
                }
                for command in block.commands {
                    script +=
                        "echo '@@ \(number)'\n\(command) || { echo \"failed: \(command.escapedForEcho)\"; exit 95; }\n"
                }
            }
            script += "wait\n"
            guard let finished = try run(script) else {
                return skipped(
                    "The README as it is typed", because: "namespaces need root, or a kernel that gives them to all")
            }
            #expect(finished.status == .exited(code: 0), "\(finished.output)\(finished.errors)")
            let printed = finished.output.split(separator: "\n").map { shape(String($0)) }
            for block in rest {
                // Which row of status stands where depends on the moment.
                for line in block.printed.map(shape) where !line.isEmpty && !line.hasPrefix("#") {
                    #expect(printed.contains(line), "\(line)\n\(finished.output)\(finished.errors)")
                }
            }
            let unit = try Files.read(tree.path("systemctl"))
            #expect(String(decoding: unit, as: UTF8.self).contains("systemctl enable --now deployd"))
            // The file is the one that scripts/package makes of this version.
            let package = String(decoding: try Files.read(tree.path("apt")), as: UTF8.self)
            #expect(package.hasPrefix("apt install ./deployd_\(Version.current)-1_"))
        }
    }
}

extension Substring {
    fileprivate var trimmingCommas: String { filter { $0 != "," }.description }
}

extension String {
    /// As it may stand between double quotes of a shell.
    fileprivate var escapedForEcho: String {
        flatMap { "\"\\$`".contains($0) ? ["\\", $0] : [$0] }.reduce(into: "") { $0.append($1) }
    }
}
