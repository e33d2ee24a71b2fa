internal import Linux

/// Hears when something changes in the directories where certificates are.
final class CertificateWatch {
    private let inotify: Inotify
    private var watches: [String: Int32] = [:]

    /// The descriptor's number, lent, for epoll.
    var number: CInt { inotify.number }

    /// Watches nothing yet.
    init() throws(SystemError) { inotify = try Inotify() }

    /// Watches these directories and no others. One of which the path has become another's is watched anew.
    func watch(_ directories: Set<String>) {
        let before = watches
        watches = [:]
        for directory in directories { watches[directory] = try? inotify.watchChanges(in: directory) }
        let present = Set(watches.values)
        for watch in before.values where !present.contains(watch) { inotify.stop(watch) }
    }

    /// Forgets what was heard.
    func clear() { try? inotify.clear() }
}
