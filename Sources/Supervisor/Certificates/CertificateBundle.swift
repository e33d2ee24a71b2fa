internal import Handoff
internal import Linux

/// What workers speak TLS with, as a file in memory that nobody can change any more: certificates with their keys, and the keys
/// of tickets. Master, keeper and workers have the same one.
final class CertificateBundle {
    /// Greater than that of any bundle before it.
    let number: Int
    private let file: FileDescriptor

    /// The file's number, lent.
    var descriptor: CInt { file.number }

    /// Writes a new one.
    init(_ keys: TLSKeys, number: Int) throws(SystemError) {
        self.number = number
        var bytes = keys.bytes
        defer { bytes.wipe() }
        file = try FileDescriptor.sealedContent(Self.memoryName, bytes)
    }

    /// Goes on with one that was kept; nil for what is none of this version.
    init?(keptAs number: Int, _ file: consuming FileDescriptor) {
        guard var keys = (try? TLSKeys(reading: file)) ?? nil else { return nil }
        keys.wipe()
        self.number = number
        self.file = file
    }

    /// The newest of those that the keeper held for an earlier master, by their number; it stays in the keeper's hands.
    static func recover(_ left: [Int: Socket.Box], _ keeper: LaneKeeper) -> CertificateBundle? {
        for (number, box) in left.sorted(by: { $0.key > $1.key }) {
            guard let file = box.take()?.release(), let kept = CertificateBundle(keptAs: number, file) else { continue }
            keeper.isKept(kept.descriptor, LaneName.make(keptName, number))
            return kept
        }
        return nil
    }

    /// What stands in the place of a listener's name in the hands of those who keep sockets.
    static let keptName = ".tls"

    /// What is in it: to be wiped by the caller.
    func keys() -> TLSKeys? { (try? TLSKeys(reading: file)) ?? nil }

    /// What the file is called, which lies in no directory: /proc/PID/fd shows it as "/memfd:" and this.
    private static let memoryName = "deployd-tls"
}
