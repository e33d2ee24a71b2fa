import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// Tutorials, typed as they stand, in a network of their own. Blocks that say `sh` are those that cannot be typed here: they install
    /// packages, make services, or build for minutes.
    @Suite("The tutorials as they are typed")
    struct TutorialTests {
        /// A home for who types, with deployd on the way to programs.
        private func home() throws -> TemporaryDirectory {
            let home = try TemporaryDirectory()
            try Files.setMode(home.path, 0o755)
            for name in ["deployd", "site-v1"] {
                try Files.makeDirectory(home.path("bin"))
                try Repository.copy(try Products.path(name), to: home.path("bin/\(name)"))
            }
            try home.write("bin/sudo", "#!/bin/sh\nexec \"$@\"\n", mode: 0o755)
            try home.write("bin/ssh", "#!/bin/sh\nshift\nexec sh -c \"$*\"\n", mode: 0o755)
            return home
        }

        /// The blocks without a language, in order.
        private func blocks(_ page: String) throws -> [String] {
            let text = String(decoding: try Files.read("\(Repository.path)/docs/tutorial/\(page).md"), as: UTF8.self)
            return text.matches(of: /\n```([a-z0-9]*)\n((?s).*?)\n```/).filter { $0.1.isEmpty }.map { String($0.2) }
        }

        /// What a block says is a script that stops at the first command which fails, or prints something else.
        private func script(_ block: String) -> String {
            if block.hasPrefix("deployd start") {
                return """
                    (\(block)) >"$HOME/start.out" 2>&1 &
                    until curl -s -o "$HOME/index" http://127.0.0.1:8080/; do sleep 0.1; kill -0 $! || { cat "$HOME/start.out"; exit 94; }; done

                    """
            }
            guard block.hasPrefix("$ ") else { return "\(block)\n" }
            let parts = block.dropFirst(2).split(separator: "\n$ ").map { $0.split(separator: "\n", maxSplits: 1) }
            return parts.map { part in
                let expected = part.count > 1 ? String(part[1]) : ""
                return """
                    printed="$(\(part[0]))"
                    [ "$printed" = '\(expected)' ] || { echo "\(part[0].replacing("\"", with: "\\\"")): $printed"; exit 95; }

                    """
            }.joined()
        }

        private func begin(_ page: String, in home: TemporaryDirectory) throws -> Child {
            let isServed = page == "ci"
            let typed = try blocks(page).map(script).joined()
            let all = isServed ? "\(script("deployd start"))\(typed)deployd stop\n" : typed
            let unshare = [try Program.path("unshare"), "-n"]
            return try Child(
                unshare + ["/bin/bash", home.write("script", "ip link set lo up || exit 90\nset -e\n\(all)wait\n")],
                environment: [
                    "PATH=\(home.path("bin")):/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(home.path)", "LANG=C.UTF-8",
                    "USER=root", isServed ? "DEPLOYD_CONFIG=\(home.path("server.json"))" : "SHELL=/bin/bash",
                ])
        }

        @Test("Every command of them works, and prints what it is said to print")
        func typed() throws {
            try Program.require("ip", "unshare", "curl", "git", "gunicorn", "php-fpm8.2")
            guard ThisProcess.uid == 0 else {
                return skipped("The tutorials as they are typed", because: "php-fpm's tutorial is typed by root")
            }
            // Each has a network of its own, so that all of them may be typed at once.
            let children = try ["python", "php", "ci"].map { page in
                let home = try home()
                // A server is there already, to which the pipeline deploys.
                if page == "ci" {
                    try Repository.copy("\(Repository.path)/releases/v1/public", to: home.path("releases/v0/public"))
                    try home.write("releases/v0/release.json", "{ command: [\"site-v1\"], watch: \"50ms\" }")
                    try home.write("server.json", "{ release: \"releases/v0\" }")
                }
                return (page: page, home: home, child: try begin(page, in: home))
            }
            for (page, home, child) in children {
                #expect(
                    try child.wait(upTo: .seconds(120)) == .exited(code: 0),
                    "\(page) in \(home.path): \(child.output)\(child.errors)")
            }
        }
    }
}
