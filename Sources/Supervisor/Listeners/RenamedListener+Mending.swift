internal import Linux

// What others do to the names of a unix listener: somebody who tidies up removes them, and nobody could connect any more.
extension RenamedListener {
    var names: [String] { lanes.keys.map(name) }

    /// Gives the serving lane the name back that was taken from it, as long as it has another; says what was done.
    func mend() -> String? {
        guard let generation = steeredTo, let file = files[generation] else { return nil }
        let (own, name) = (file.identity, name(generation))
        switch (FileIdentity(path), FileIdentity(name)) {
        case (own, own): trouble = nil
        case (own, nil): try? file.link(as: name)
        case (own, _): trouble = nil
        case (nil, own):
            do { try file.link(as: path) } catch { return refuse("\(path) was removed: \(error)") }
            trouble = nil
            return "\(path) was removed by somebody, and has been restored"
        case (nil, _):
            let folder = Paths.parent(path)
            let isGone = Files.kind(folder) != .directory
            return refuse(
                isGone ? "\(folder) was removed by somebody" : "\(path) was removed by somebody, and so was \(name)",
                (isGone ? "`mkdir -p \(ShellWord.quoted(folder))`, then " : "") + "`deployd restart` creates it again")
        case (_, _):
            return refuse(
                "\(path) is not deployd's socket any more: somebody has put something else there",
                "move it away, then `deployd restart`")
        }
        return nil
    }

    private func refuse(_ what: String, _ advice: String = "") -> String? {
        let before = trouble
        let text = "nobody can connect at \(setting.address): \(what)"
        trouble = ListenerTrouble(text: text, advice: advice)
        return trouble == before ? nil : text
    }
}

/// What is wrong with a listener, and what to type.
struct ListenerTrouble: Equatable {
    let text: String
    let advice: String
}
