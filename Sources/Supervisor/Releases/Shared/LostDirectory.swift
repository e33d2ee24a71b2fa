internal import Linux

/// A shared directory that was there and is gone: as a rule its disk is not mounted. Made anew it would be empty, and what is
/// uploaded meanwhile would lie beneath the disk once it is mounted again.
struct LostDirectory {
    /// Known by its link: the release that has it.
    let release: String

    /// Nil: the directory is there, or no link says that it ever was.
    ///
    /// - Parameter own: the release that is to be started; its link counts if it has served.
    init?(_ shared: SharedDirectory, in layout: ReleaseLayout, startedBy own: String) {
        guard Files.kind(shared.directory) == nil else { return nil }
        let served = layout.current().map { [$0] } ?? []
        let user = (served + layout.releases().filter { $0 != own }).first {
            SharedPlacement.leads(Paths.join($0, shared.link), to: shared.directory)
        }
        guard let user else { return nil }
        release = layout.label(user)
    }

    private static func advice(_ shared: SharedDirectory) -> String {
        "mount its disk, or put it back; if it is to begin empty: install -d \(ShellWord.quoted(shared.directory))"
    }

    /// A release that is new to the directory would begin with an empty one.
    func problem(_ shared: SharedDirectory, file: String) -> Problem {
        Problem(
            file: file, keyPath: shared.key, found: "no \(shared.directory), to which \(release) has a link",
            expected: "the directory that was there before", advice: Self.advice(shared))
    }

    /// What has served with it serves on without it.
    func warning(_ shared: SharedDirectory, file: String) -> String {
        "\(file): \(shared.key): \(shared.directory) is gone, to which \(release) has a link, and is not made anew: "
            + Self.advice(shared)
    }
}
