import Testing

@testable import Supervisor

@Suite("Commands that a person is told to type")
struct CommandAdviceTests {
    private let advice = CommandAdvice(configurationFile: "/etc/x.json")

    @Test(
        "Each goes for the configuration that the command line named",
        arguments: [
            ("start it with `deployd start`", "start it with `deployd start --config /etc/x.json`"),
            (
                "`deployd logs 3`; `deployd rollback` goes back",
                "`deployd logs 3 --config /etc/x.json`; `deployd rollback --config /etc/x.json` goes back"
            ),
            ("`sudo deployd status`", "`sudo deployd status --config /etc/x.json`"),
            ("`sudo -u anna deployd status`", "`sudo -u anna deployd status --config /etc/x.json`"),
        ])
    func completes(text: String, expected: String) {
        #expect(advice.completed(text) == expected)
        #expect(advice.completed(expected) == expected, "a second time")
        #expect(CommandAdvice.plain.completed(text) == text)
    }

    @Test(
        "What goes by no configuration, and what is no command, stays as it is",
        arguments: [
            "see `deployd deploy --help`", "`deployd init --list` has the names", "`deployd VERB --help` tells more",
            "deployd status: no", "`ss -ltnp` shows who; deployd rollback", "`deployd`",
            "an open ` and `deployd status", "",
        ])
    func leaves(text: String) {
        #expect(advice.completed(text) == text)
    }

    @Test("A name with spaces or quotes is one word for a shell")
    func quotes() {
        #expect(
            CommandAdvice(configurationFile: "my site.json").command("check", "v2")
                == "deployd check v2 --config 'my site.json'")
        #expect(
            CommandAdvice(configurationFile: "it's").completed("`deployd stop`")
                == "`deployd stop --config 'it'\\''s'`")
        #expect(CommandAdvice.plain.command("check", "v2") == "deployd check v2")
        #expect(CommandAdvice.plain.command("check", "my site/v2") == "deployd check 'my site/v2'")
        #expect(ShellWord.quoted("") == "''")
        #expect(ShellWord.quoted("/home/anna/mein Ärger") == "'/home/anna/mein Ärger'")
    }
}
