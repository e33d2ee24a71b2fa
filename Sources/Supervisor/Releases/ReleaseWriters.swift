internal import Linux

/// Who beside root and the master's user can write a release: what it names is read with no more rights than they have.
///
/// They are whoever owns the release, its manifest or a directory on the way to either, and whoever may write there by its
/// permission bits. Access control lists are not asked.
struct ReleaseWriters: Equatable {
    /// One of them.
    enum Writer: Hashable {
        case user(UInt32)
        /// The members of a group.
        case group(UInt32)
        /// Every user of the machine.
        case anybody
    }

    /// Those that are found; empty: only root and the master's user can write it.
    private(set) var others: [Writer] = []
    /// Whom the release's directory belongs to.
    private var owner: UInt32?

    /// The writers of a release.
    ///
    /// - Parameter release: absolute, without links.
    init(of release: String, surroundings: Surroundings) {
        let trust = FileTrust(user: surroundings.userID)
        // An ordinary user's group is often his own, and nobody else's; whoever is in it deploys as he does.
        let ownGroup = surroundings.userID == 0 ? 0 : surroundings.groupID
        let manifest = try? Files.realPath(Paths.join(release, Defaults.manifestFile))
        for (index, path) in [release, manifest].enumerated() {
            guard let path, let place = try? WalkedFile(path) else { continue }
            if index == 0 { owner = place.status.uid }
            for status in place.way + [place.status] { add(status, trust, ownGroup: ownGroup) }
        }
    }

    private mutating func add(_ status: FileStatus, _ trust: FileTrust, ownGroup: UInt32) {
        var found: [Writer] = trust.isOwn(status.uid) ? [] : [.user(status.uid)]
        if !status.isSticky {
            if status.mode & 0o002 != 0 { found.append(.anybody) }
            if status.mode & 0o020 != 0, status.gid != ownGroup { found.append(.group(status.gid)) }
        }
        for writer in found where !others.contains(writer) { others.append(writer) }
    }

    /// Who of them may not read a file, as it stands in messages; nil: all of them may.
    ///
    /// - Parameter way: the directories on the way to it.
    func whoMayNotRead(_ file: FileStatus, way: [FileStatus]) -> String? {
        // Then nobody's groups have to be asked for.
        if file.mode & 0o444 == 0o444, way.allSatisfy({ $0.mode & 0o111 == 0o111 }) { return nil }
        let barred = others.first { writer in
            let identity = Self.identity(writer)
            let mayEnter = way.allSatisfy { identity.may(.execute, WorkerIdentity.Permissions($0)) }
            // (What is his own he can make readable.)
            let mayRead = writer == .user(file.uid) || identity.may(.read, WorkerIdentity.Permissions(file))
            return !(mayEnter && mayRead)
        }
        return barred.map(words)
    }

    /// Who of them could not tell whether there is something at `path`, where nothing is; nil: all of them could.
    func whoMayNotSee(_ path: String) -> String? {
        guard let first = others.first,
            let missing = Paths.ancestry(path).first(where: { (try? Files.status($0)) == nil })
        else { return nil }
        // A link that leads nowhere may lead to where they cannot look.
        if (try? Files.status(missing, followingLinks: false)) != nil { return words(first) }
        guard let real = try? Files.realPath(Paths.parent(missing)), let place = try? WalkedFile(real) else {
            return nil
        }
        let way = place.way + [place.status]
        let barred = others.first { writer in
            let identity = Self.identity(writer)
            return !way.allSatisfy { identity.may(.execute, WorkerIdentity.Permissions($0)) }
        }
        return barred.map(words)
    }

    /// Who of them could not run a program as this user without deployd, as it stands in messages; nil: all of them could.
    func whoMayNotRun(as uid: UInt32) -> String? { others.first { $0 != .user(uid) }.map(words) }

    /// The same of a group.
    func whoMayNotRun(in gid: UInt32) -> String? {
        let barred = others.first { writer in
            let identity = Self.identity(writer)
            return identity.gid != gid && !identity.groups.contains(gid)
        }
        return barred.map(words)
    }

    /// A number that no user and no group has. Source: chown(2), setreuid(2).
    private static let nobody = UInt32.max

    private static func identity(_ writer: Writer) -> WorkerIdentity {
        switch writer {
        case .user(let uid):
            guard let account = UserAccount.find(uid: uid), account.uid == uid else {
                return WorkerIdentity(uid: uid, gid: nobody, groups: [])
            }
            return WorkerIdentity(uid: uid, gid: account.gid, groups: account.groups())
        case .group(let gid): return WorkerIdentity(uid: nobody, gid: gid, groups: [gid])
        case .anybody: return WorkerIdentity(uid: nobody, gid: nobody, groups: [])
        }
    }

    private func words(_ writer: Writer) -> String {
        switch writer {
        case .user(let uid) where uid == owner: "the owner of the release, \(SiteOwner(uid: uid).name),"
        case .user(let uid): "\(SiteOwner(uid: uid).name), who can change the release,"
        case .group(let gid): "a member of group \(gid), who can change the release,"
        case .anybody: "other users, who can change the release,"
        }
    }
}

extension FileStatus {
    /// Whether it is a directory in which nobody may rename or remove what is another's. Source: inode(7), S_ISVTX.
    var isSticky: Bool { kind == .directory && mode & 0o1000 != 0 }
}
