internal import Dispatch
internal import Synchronization

/// Questions to the machine's name service, which may hand them on to a server that does not answer (LDAP, NIS). Each is
/// asked on another thread and waited for with a limit; while one hangs, nobody waits for a second. (One at a time: getpwnam
/// and its like answer in memory that the next call overwrites.) Source: nsswitch.conf(5).
enum NameService {
    /// The time limit of an answer.
    static let patience = Duration.seconds(3)
    /// The pause after an answer that did not come, in which the service counts as gone.
    private static let pause = Duration.seconds(30)

    private static let queue = DispatchQueue(label: "name service")
    private static let silentUntil = Mutex(Duration.zero)

    /// What the service answers; nil: it did not in time, or did not to somebody else a short while ago.
    ///
    /// - Parameter limit: how long this answer may take.
    static func ask<Answer: Sendable>(
        within limit: Duration = patience, _ question: @escaping @Sendable () -> Answer
    ) -> Answer? {
        let now = MonotonicClock.sinceBoot()
        guard silentUntil.withLock({ now >= $0 }) else { return nil }
        let answer = Reply<Answer>()
        queue.async { answer.give(question()) }
        if let given = answer.wait(limit) { return given }
        silentUntil.withLock { $0 = MonotonicClock.sinceBoot() + pause }
        StandardError.line(
            "deployd: the name service has not answered for \(limit.components.seconds) s (see /etc/nsswitch.conf): "
                + "only /etc/passwd and /etc/group are asked for the next \(pause.components.seconds) s", .warning)
        return nil
    }

    /// Asks again at once.
    static func trustAgain() { silentUntil.withLock { $0 = .zero } }
}

/// The machine's own lists of users and groups, which no server is asked for. Source: passwd(5), group(5).
struct LocalAccounts {
    private let users: [[Substring]]
    private let groups: [[Substring]]

    init(passwd: String = "/etc/passwd", group: String = "/etc/group") {
        users = Self.lines(of: passwd, fields: 7)
        groups = Self.lines(of: group, fields: 4)
    }

    /// The account of that name, or else of that number.
    func user(_ nameOrNumber: String) -> UserAccount? {
        let found = users.first { $0[0] == nameOrNumber } ?? users.first { $0[2] == nameOrNumber }
        guard let found, let uid = UInt32(found[2]), let gid = UInt32(found[3]) else { return nil }
        return UserAccount(name: String(found[0]), uid: uid, gid: gid, home: String(found[5]))
    }

    /// The number of the group of that name.
    func group(_ name: String) -> UInt32? { groups.first { $0[0] == name }.flatMap { UInt32($0[2]) } }

    /// The groups that name the user as a member.
    func groups(of user: String) -> [UInt32] {
        groups.filter { $0[3].split(separator: ",").contains { $0 == user } }.compactMap { UInt32($0[2]) }
    }

    /// The group exists, and nobody is in it but root: no user has it for his own, and it names no member.
    func isNobodys(_ gid: UInt32) -> Bool {
        let roots = users.filter { UInt32($0[2]) == 0 }.map { $0[0] }
        let named = groups.filter { UInt32($0[2]) == gid }
        let isSomebodys = users.contains { UInt32($0[3]) == gid && UInt32($0[2]) != 0 }
        guard !users.isEmpty, !named.isEmpty, !isSomebodys else { return false }
        return named.allSatisfy { $0[3].split(separator: ",").allSatisfy { roots.contains($0) } }
    }

    private static func lines(of path: String, fields: Int) -> [[Substring]] {
        guard let content = try? Files.read(path) else { return [] }
        return String(decoding: content, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }.filter { $0.count >= fields }
    }
}
