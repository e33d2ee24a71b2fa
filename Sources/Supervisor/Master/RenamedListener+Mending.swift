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
            return "\(path) was removed by somebody, and is there again"
        case (nil, _):
            return refuse("\(path) was removed by somebody, and so was \(name)", "`deployd restart` makes it anew")
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

/// Hears when one of the names of a file goes, or another comes.
final class NameWatch {
    private let inotify: Inotify

    /// The descriptor's number, lent, for epoll.
    var number: CInt { inotify.number }

    /// Watches nothing yet.
    init() throws(SystemError) { inotify = try Inotify() }

    /// Watches the file that `path` names; one that is watched already is watched once.
    func watch(_ path: String) { _ = try? inotify.watchNames(path) }

    /// Forgets what was heard.
    func clear() { try? inotify.clear() }
}

extension Master {
    /// Watches the names of the listeners' sockets.
    func watchNames() {
        let paths = listeners.flatMap(\.names)
        guard !paths.isEmpty else { return }
        if nameWatch == nil, let watch = try? NameWatch() {
            guard (try? epoll.add(watch.number, .readable, token: Token(.names).number)) != nil else { return }
            nameWatch = watch
        }
        for path in paths { nameWatch?.watch(path) }
    }

    /// Names came or went: deployd's own doing, as a rule.
    func namesChanged() {
        nameWatch?.clear()
        mendNames()
        // Who may write to the directory may play with the names without end.
        guard let nameWatch else { return }
        pauses.begin(Token(.names), nameWatch.number, .readable, on: epoll, at: Self.now())
    }

    func mendNames() {
        for listener in listeners {
            if let news = listener.mend() { say("name \(listener.setting.name) \(news)", news, .warning) }
        }
    }
}
