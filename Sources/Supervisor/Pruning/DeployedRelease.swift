internal import Linux

/// A release as it was deployed last. Only that directory is ours to remove, and only as it was then: another one of its
/// name, or what somebody has put into it since, is a person's work.
struct DeployedRelease: Equatable {
    /// Absolute, without links.
    let path: String
    /// Which directory it is.
    let directory: DirectoryIdentity
    /// The end of its last deploy, since 1970.
    let deployed: Duration
    /// The instant from which users may have had something written into it, since 1970: the cut-over of the first deploy of this
    /// directory that was committed.
    let served: Duration

    /// A deploy may change the release for so long after its end, for instance by its `after` hook.
    private static let slack = Duration.seconds(5)

    /// The release with what was written down of its last commit; nil: an earlier version did not write down which
    /// directory it was.
    init?(_ path: String, in history: History) {
        guard let record = history.records.last(where: { $0.outcome == .committed && $0.to == path }),
            let directory = record.directory, let deployed = WallClock.parse(record.time)
        else { return nil }
        let first = history.records.first {
            $0.outcome == .committed && $0.to == path && $0.directory == directory
        }
        self.init(path: path, directory: directory, deployed: deployed, served: first.flatMap(Self.cutOver) ?? deployed)
    }

    init(path: String, directory: DirectoryIdentity, deployed: Duration, served: Duration) {
        self.path = path
        self.directory = directory
        self.deployed = deployed
        self.served = served
    }

    /// When its first user may have come: before the end by the steps that users see.
    private static func cutOver(_ record: HistoryRecord) -> Duration? {
        let exposed: Set<StepName> = [.canary, .cutOver, .watching, .committing]
        let steps = record.steps.filter { exposed.contains(StepName(rawValue: $0.name)) }
        return WallClock.parse(record.time).map { end in
            end - .microseconds(Int64(steps.reduce(0) { $0 + max(0, min($1.milliseconds, 1e12)) } * 1000))
        }
    }

    /// Why what has its path now has to stay, as a clause; nil: that is what was deployed.
    func obstacle() -> String? {
        do throws(SystemError) {
            let found = try Files.named(path, .directory)
            return try obstacle(to: found)
        } catch { return "\(error)" }
    }

    /// The same for a directory that was opened, whatever has the path by now.
    func obstacle(to found: borrowing FileDescriptor) throws(SystemError) -> String? {
        guard try DirectoryIdentity(of: found) == directory else { return Self.isAnother }
        let changed = try found.status().changed
        guard changed > deployed + Self.slack else { return nil }
        return "something in it was added or removed at \(WallClock.text(changed)), after it was deployed "
            + "(\(WallClock.text(deployed)))"
    }

    /// Said of another directory of the same name.
    static let isAnother = "it is not the directory that was deployed"
}

extension DeployedRelease {
    /// As so many words of a command line.
    static let wordCount = 4

    /// The release for a command line.
    var words: [String] { ["\(directory)", "\(deployed.microseconds)", "\(served.microseconds)", path] }

    /// Reads those words; nil for others.
    init?(words: ArraySlice<String>) {
        let words = Array(words)
        guard words.count == Self.wordCount, let directory = DirectoryIdentity(word: words[0][...]),
            let deployed = Int64(words[1]), let served = Int64(words[2])
        else { return nil }
        self.init(
            path: words[3], directory: directory, deployed: .microseconds(deployed), served: .microseconds(served))
    }
}
