import Testing

@testable import deployd

@Suite("Words that other tools have for a verb")
struct SynonymTests {
    @Test(
        "Each is answered with ours",
        arguments: [
            ("ps", "status"), ("ls", "status"), ("list", "status"), ("undo", "rollback"), ("validate", "check"),
            ("down", "stop"), ("kill", "stop"), ("up", "start"), ("Undo", "rollback"), ("statsu", "status"),
        ])
    func synonyms(word: String, verb: String) {
        #expect(Verb.meant(by: word, among: VerbTable.verbs) == verb)
        let error = #expect(throws: CommandError.self) { try ArgumentParser(VerbTable.verbs).parse([word]) }
        #expect(error?.messages.first?.contains("did you mean \(verb)?") == true)
        #expect(error?.exitCode == .usage)
    }

    @Test("A synonym is no verb, and of one verb only")
    func distinctSynonyms() {
        let all = VerbTable.verbs.flatMap(\.synonyms)
        #expect(Set(all).count == all.count)
        #expect(Set(all).isDisjoint(with: VerbTable.verbs.map(\.name)))
        #expect(all.allSatisfy { $0 == $0.lowercased() })
    }
}
