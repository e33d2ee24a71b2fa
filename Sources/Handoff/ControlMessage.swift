import Linux

/// What the master says to a worker that reads its control socket: one datagram each.
///
/// A message that a worker does not know is to be passed over. Descriptors that travel beside a message belong to the
/// worker that received them.
package enum ControlMessage: Equatable, Sendable {
    /// Finish what you have and exit: requests within `requests`, upgraded connections within `upgrades`, from now on.
    /// A descriptor beside it is the serving generation's hand-over socket.
    ///
    /// With `laneIsLive` (`LANE=live`) other workers go on accepting from the same lane, so this one stops at once.
    /// Otherwise the lane is retired: what little still arrives there is for this worker to accept.
    ///
    /// `version` (`VERSION=`, here and in the next two) is the latest version of ``HandoverMessage`` that may go to the socket beside
    /// the message: all who read it there know that one.
    case drain(requests: Duration, upgrades: Duration, laneIsLive: Bool = false, version: Int = 1)
    /// To a worker that drains: from now on idle connections go to the hand-over socket beside this message.
    case handOver(version: Int = 1)
    /// To a worker that serves: connections of these lots are its own, and others go, when they are idle, to the hand-over
    /// socket beside this message. Without a descriptor, or with all ``lots``, it keeps everything.
    ///
    /// With `sparing` (`SPARE=`, addresses and networks, or nothing) the others are answered by a page of maintenance: then connections
    /// from there are its own whatever their lot, and so is one that may be a probe. Only for a worker that has said that it knows
    /// this (``Notification/sparesConnections``).
    ///
    /// It holds until the next one; the same may come again.
    case share(keeping: Range<Int>, version: Int = 1, sparing: [String]? = nil)
    /// To a worker that speaks TLS: the file beside this message is a new ``TLSKeys``, for handshakes from now on.
    case tls

    /// Lots are from 0 up to this.
    package static let lots = 10_000

    /// No drain takes longer: ten years.
    private static let longest = Duration.seconds(10 * 365 * 86400)

    /// Reads a datagram; nil for one that this version does not know.
    package init?(parsing bytes: [UInt8]) {
        let fields = Fields(parsing: bytes)
        if fields["DRAIN"] == "1" {
            self = .drain(
                requests: fields.duration("REQUESTS_USEC", longest: Self.longest) ?? .zero,
                upgrades: fields.duration("UPGRADES_USEC", longest: Self.longest) ?? .zero,
                laneIsLive: fields["LANE"] == "live", version: Self.version(fields))
        } else if fields["HANDOVER"] == "1" {
            self = .handOver(version: Self.version(fields))
        } else if fields["SHARE"] == "1", let lots = fields["KEEP"].flatMap(Self.lots) {
            let spared = fields["SPARE"].map { $0.split(separator: " ").map(String.init) }
            self = .share(keeping: lots, version: Self.version(fields), sparing: spared)
        } else if fields["TLS"] == "1" {
            self = .tls
        } else {
            return nil
        }
    }

    /// `FROM TO`: the lots from the one up to the other, without that.
    private static func lots(_ text: String) -> Range<Int>? {
        let bounds = text.split(separator: " ", omittingEmptySubsequences: false).map { Int($0) }
        guard bounds.count == 2, let from = bounds[0], let to = bounds[1], 0 <= from, from <= to, to <= lots else {
            return nil
        }
        return from..<to
    }

    /// What is no version is version 1, which everybody knows.
    private static func version(_ fields: Fields) -> Int {
        guard let version = fields["VERSION"].flatMap({ Int($0) }), version > 1 else { return 1 }
        return version
    }

    private static func versionField(_ version: Int) -> [(String, String)] {
        version > 1 ? [("VERSION", "\(version)")] : []
    }

    /// The datagram.
    package var bytes: [UInt8] {
        switch self {
        case .drain(let requests, let upgrades, let laneIsLive, let version):
            Fields(
                [
                    ("DRAIN", "1"), ("REQUESTS_USEC", "\(requests.microseconds)"),
                    ("UPGRADES_USEC", "\(upgrades.microseconds)"),
                ] + (laneIsLive ? [("LANE", "live")] : []) + Self.versionField(version)
            ).bytes
        case .handOver(let version): Fields([("HANDOVER", "1")] + Self.versionField(version)).bytes
        case .share(let lots, let version, let spared):
            Fields(
                [("SHARE", "1"), ("KEEP", "\(lots.lowerBound) \(lots.upperBound)")] + Self.versionField(version)
                    + (spared.map { [("SPARE", $0.joined(separator: " "))] } ?? [])
            ).bytes
        case .tls: Fields([("TLS", "1")]).bytes
        }
    }
}
