internal import Linux

/// `deployd completion`: the script by which a shell completes deployd's command line.
enum CompletionVerb {
    static let verb = Verb(
        name: "completion", operands: [Verb.Operand(name: "SHELL")],
        summary: "print the completion script for bash, zsh or fish",
        details: """
            Prints a script for SHELL: bash, zsh or fish. With it the shell completes verbs, options, releases, generations and
            names of servers. Packages install it. By hand:

              bash: deployd completion bash > /usr/share/bash-completion/completions/deployd
              zsh:  deployd completion zsh > /usr/local/share/zsh/site-functions/_deployd
              fish: deployd completion fish > /etc/fish/completions/deployd.fish
            """,
        run: { invocation throws(CommandError) in
            let shell = invocation.operands.first ?? ""
            guard let script = CompletionScript(rawValue: shell) else {
                let known = CompletionScript.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError.badValue("SHELL", found: shell, expected: "one of \(known)").commandError("completion")
            }
            StandardOutput.write(script.text)
            return .done
        })
}
