import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// The scripts of `deployd completion` in the shells that they are for.
    @Suite("The completion of the command line")
    struct CompletionRunTests {
        private let scratch: TemporaryDirectory

        init() throws { scratch = try TemporaryDirectory() }

        @Test("Each shell completes with what the program offers", arguments: ["bash", "zsh", "fish"])
        func completion(shell: String) throws {
            let products = try Products.directory()
            for name in ["v1", "v2"] { try scratch.write("releases/\(name)/release.json", "{}") }
            try scratch.write("deployd.json", "{}")
            let interpreter = try Program.path(shell)
            let complete = { (words: [String]) in
                let script = try Self.trial(of: shell, words)
                let finished = try Child.run(
                    [interpreter, "-c", "cd '\(scratch.path)' && \(script)"],
                    environment: ["PATH=\(products):/usr/bin:/bin", "HOME=\(scratch.path)", "LANG=C.UTF-8"])
                #expect(finished.status == .exited(code: 0), "\(finished.errors)")
                return finished.output.split(separator: "\n").map { $0.prefix { $0 != "\t" && $0 != " " } }.sorted()
            }
            #expect(try complete(["prom"]) == ["promote"])
            #expect(try complete(["deploy", "v"]) == ["v1", "v2"])
            #expect(try complete(["deploy", "--wa"]) == ["--wait"])
            #expect(try complete(["init", "--server", "gunicorn-"]) == ["gunicorn-threads"])
            #expect(try complete(["check", "--config", "deployd.j"]) == ["deployd.json"])
        }

        /// What prints the candidates for the last word, a line each.
        private static func trial(of shell: String, _ words: [String]) throws -> String {
            let last = words.count
            let line = (["deployd"] + words).joined(separator: " ")
            switch shell {
            case "bash":
                return "source <(deployd completion bash); COMP_WORDS=(\(line)) COMP_CWORD=\(last); "
                    + "compopt() { :; }; _deployd deployd '\(words[last - 1])' ''; printf '%s\\n' \"${COMPREPLY[@]}\""
            case "zsh":
                // What zsh itself has: a list of candidates is the last word of a call, and files.
                return "compdef() { :; }; compadd() { print -l -- ${(P)@[-1]}; }; "
                    + "_files() { print -l -- $words[CURRENT]*; }; "
                    + "source <(deployd completion zsh); words=(\(line)) CURRENT=\(last + 1); _deployd"
            default: return "source (deployd completion fish | psub); complete -C '\(line)'"
            }
        }
    }
}
