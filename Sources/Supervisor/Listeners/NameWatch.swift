internal import Linux

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
