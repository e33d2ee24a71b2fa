import Glibc

/// The priority of a line in a service's journal. Source: sd-daemon(3), syslog(3).
package enum Urgency: Int, Sendable {
    /// Something failed.
    case error = 3
    /// Something is not as it should be, and was mended or goes on.
    case warning = 4
    /// An ordinary event.
    case information = 6

    /// The mark at the front of a line that systemd's journal removes and takes the priority from.
    package var prefix: String { "<\(rawValue)>" }
}

/// systemd's journal. Source: systemd.exec(5), JOURNAL_STREAM.
package enum Journal {
    /// Whether standard error leads straight to it: the file is the one that systemd opened there, and not what somebody
    /// put in its place.
    package static let takesStandardError: Bool = {
        guard let stream = ThisProcess.variable("JOURNAL_STREAM"), let duplicate = try? standardError() else {
            return false
        }
        guard let status = try? duplicate.status() else { return false }
        return stream == "\(status.device):\(status.inode)"
    }()

    private static func standardError() throws(SystemError) -> FileDescriptor {
        FileDescriptor(owning: try system("fcntl") { fcntl(2, F_DUPFD_CLOEXEC, 3) })
    }
}
