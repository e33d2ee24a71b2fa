/// Who listens on unix sockets. Source: proc_net(5), `/proc/net/unix`: a listening socket has the flag __SO_ACCEPTCON
/// (include/linux/net.h).
package enum UnixRoll {
    private static let accepts: UInt32 = 0x10000

    /// The inodes of the sockets that listen under a name which is meant: a path as it was bound, or @ and an abstract name.
    package static func inodes(_ isMeant: (Substring) -> Bool) -> Set<UInt64> {
        guard let content = try? Files.read("/proc/net/unix") else { return [] }
        var found: Set<UInt64> = []
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n").dropFirst() {
            // The path stands last, and may have spaces.
            let words = line.split(separator: " ", maxSplits: 7)
            guard words.count == 8, let flags = UInt32(words[3], radix: 16), flags & accepts != 0,
                let inode = UInt64(words[6]), isMeant(words[7])
            else { continue }
            found.insert(inode)
        }
        return found
    }
}
