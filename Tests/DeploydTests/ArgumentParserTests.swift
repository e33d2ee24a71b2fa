import Testing

@testable import deployd

@Suite("The command line")
struct ArgumentParserTests {
    private func parse(_ line: String) throws(CommandError) -> Invocation {
        try ArgumentParser(VerbTable.verbs).parse(line.split(separator: " ").map(String.init))
    }

    private func mistake(_ line: String) -> String? {
        do throws(CommandError) {
            _ = try parse(line)
            return nil
        } catch {
            return error.exitCode == .usage ? error.lines.joined(separator: "\n") : "exit code \(error.exitCode)"
        }
    }

    @Test(
        "has its verb first, and options and operands in any order",
        arguments: [
            "deploy v2 --wait --timeout 10m", "deploy --wait --timeout=10m v2", "deploy --timeout 10m --wait -- v2",
            "--config x.json deploy --timeout 10m v2 --wait",
        ])
    func orders(line: String) throws {
        let invocation = try parse(line)
        #expect(invocation.verb.name == "deploy")
        #expect(invocation.operands == ["v2"])
        #expect(invocation.has("--wait"))
        #expect(try invocation.duration(of: .timeout) == .seconds(600))
    }

    @Test("takes a number below 0 for an operand, so that the verb can say what is wrong with it")
    func negativeNumbers() throws {
        let scale = try parse("scale -1")
        #expect(scale.operands == ["-1"])
        #expect(
            throws: CommandError(
                "scale: N: found \"-1\", expected a whole number, 1 to 8 (see `deployd scale --help`)",
                exitCode: .usage)
        ) { try scale.number("-1", called: "N", in: 1...8) }
    }

    @Test("takes a value that may be left out only behind an equals sign")
    func optionalValue() throws {
        #expect(try parse("deploy --canary v2").options["--canary"] == "")
        #expect(try parse("deploy --canary v2").operands == ["v2"])
        #expect(try parse("deploy v2 --canary=20").options["--canary"] == "20")
        #expect(mistake("deploy v2 --canary=")?.contains("--canary needs a value, PERCENT") == true)
        // A release may have a number for a name.
        #expect(try parse("deploy --canary 20").operands == ["20"])
        for line in ["deploy --canary 20 v2", "deploy v2 --canary 20", "deploy --wait --canary 20 v2"] {
            #expect(
                mistake(line)
                    == "deployd: deploy: --canary may stand alone, so its value follows an equals sign: write "
                    + "--canary=20 (see `deployd deploy --help`)")
        }
        #expect(mistake("deploy a --canary b")?.contains("unexpected argument \"b\"") == true)
    }

    @Test("takes what stands behind -- as operands, and short names for long ones")
    func endOfOptions() throws {
        #expect(try parse("deploy -- --wait").operands == ["--wait"])
        let logs = try parse("logs -f -n 20 7")
        #expect(logs.has("--follow"))
        #expect(logs.options["--lines"] == "20")
        #expect(logs.operands == ["7"])
    }

    @Test(
        "that is wrong is told with what was probably meant, and exits with 64",
        arguments: [
            ("", "deployd: no verb given (see `deployd help`)"),
            ("deplpy v2", "deployd: unknown verb \"deplpy\"; did you mean deploy? (see `deployd help`)"),
            ("frobnicate", "deployd: unknown verb \"frobnicate\" (see `deployd help`)"),
            ("__lunch", "deployd: unknown verb \"__lunch\" (see `deployd help`)"),
            ("deploy", "deployd: deploy: RELEASE is missing (see `deployd deploy --help`)"),
            ("deploy a b", "deployd: deploy: unexpected argument \"b\" (see `deployd deploy --help`)"),
            (
                "deploy --wiat v2",
                "deployd: deploy: unknown option --wiat; did you mean --wait? (see `deployd deploy --help`)"
            ),
            ("deploy --wait=yes v2", "deployd: deploy: --wait takes no value (see `deployd deploy --help`)"),
            ("deploy v2 --timeout", "deployd: deploy: --timeout needs a value, TIME (see `deployd deploy --help`)"),
            ("status --now", "deployd: status: unknown option --now (see `deployd status --help`)"),
            (
                "-x status", "deployd: unknown option -x (see `deployd help`)"
            ),
        ])
    func mistakes(line: String, message: String) {
        #expect(mistake(line) == message)
    }

    @Test("with an empty operand is wrong in every verb")
    func emptyOperands() {
        for verb in VerbTable.verbs {
            for (index, operand) in verb.operands.enumerated() {
                let words = [verb.name] + (0..<index).map { "\($0)" } + [""]
                let missing = verb.operands.dropFirst(index + 1).contains { $0.isRequired }
                do throws(CommandError) {
                    _ = try ArgumentParser(VerbTable.verbs).parse(words)
                    Issue.record("\(verb.name) takes an empty \(operand.name)")
                } catch {
                    #expect(error.exitCode == .usage)
                    let line = "deployd: \(verb.name): \(operand.name) is empty (see `deployd \(verb.name) --help`)"
                    #expect(missing || error.lines == [line])
                }
            }
        }
    }

    @Test("with a value that makes no sense names the option, what was found and what was expected")
    func values() throws {
        let deploy = try parse("deploy v2 --timeout 5")
        #expect(
            throws: CommandError(
                "deploy: --timeout: found \"5\", expected a time with a unit (ms, s, m, h, d), such as 90s or 10m "
                    + "(see `deployd deploy --help`)", exitCode: .usage)
        ) { try deploy.duration(of: .timeout) }
        #expect(
            throws: CommandError(
                "scale: N: found \"lots\", expected a whole number, 1 to 8 (see `deployd scale --help`)",
                exitCode: .usage)
        ) { try parse("scale lots").number("lots", called: "N", in: 1...8) }
    }

    @Test(
        "asks for help anywhere, also where operands are missing",
        arguments: ["deploy --help", "--help deploy", "deploy -h v2 x y"])
    func help(line: String) throws {
        let invocation = try parse(line)
        #expect(invocation.has("--help"))
        #expect(invocation.verb.name == "deploy")
    }

    @Test("knows --version and a bare --help")
    func globals() throws {
        #expect(try parse("--version").verb.name == "version")
        #expect(try parse("--help").verb.name == "help")
        #expect(try parse("-h").verb.name == "help")
    }

    @Test("gives every option one meaning within a verb, and every verb one name")
    func noDuplicates() {
        for verb in VerbTable.verbs {
            let names = verb.allOptions.flatMap { [$0.name] + [$0.short].compactMap(\.self) }
            #expect(Set(names).count == names.count, "\(verb.name)")
        }
        #expect(Set(VerbTable.verbs.map(\.name)).count == VerbTable.verbs.count)
    }
}
