internal import Linux

/// Who beside root can write a release of root's master: what it names is read with no more rights than they have. The workers
/// of another master run as its own user, and read by themselves whatever it may read: it has none.
///
/// They are whoever owns the release, its manifest or a directory on the way to either, and whoever may write there by its
/// permission bits and gets there. Access control lists are not asked.
struct ReleaseWriters: Equatable {
    enum Writer: Hashable {
        case user(UInt32)
        /// The members of a group.
        case group(UInt32)
        /// Every user of the machine.
        case anybody
    }

    /// Those that are found; empty: only root can write it, or the master is not root's.
    private(set) var others: [Writer] = []
    /// Whom the release's directory belongs to.
    private var owner: UInt32?

    /// The writers of a release.
    ///
    /// - Parameter release: absolute, without links.
    init(of release: String, surroundings: Surroundings) {
        guard surroundings.userID == 0 else { return }
        do throws(SystemError) {
            let directory = try WalkedFile(release)
            owner = directory.status.uid
            add(directory)
            let manifest = Paths.join(release, Defaults.manifestFile)
            if Self.isThere(manifest) {
                let file = try WalkedFile(try Files.realPath(manifest))
                add(file)
            }
        } catch {
            // It was there a moment ago: whoever renames a part of the way can write it, and is not known.
            others = [.anybody]
        }
        leaveOutOwnGroups()
    }

    private static func isThere(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try Files.status(path, followingLinks: false)
            return true
        } catch {
            return error.errno != .notFound
        }
    }

    private mutating func add(_ file: borrowing WalkedFile) {
        let trust = FileTrust(user: 0)
        let places = file.way + [file.status]
        for (index, status) in places.enumerated() {
            var found: [Writer] = trust.isOwn(status.uid) ? [] : [.user(status.uid)]
            if !status.isSticky {
                let anybody: [Writer] = status.mode & 0o002 != 0 ? [.anybody] : []
                let group: [Writer] = status.mode & 0o020 != 0 ? [.group(status.gid)] : []
                found += (anybody + group).compactMap { Self.arriving($0, through: places.prefix(index)) }
            }
            for writer in found where writer != .group(0) && !others.contains(writer) { others.append(writer) }
        }
    }

    /// Those of a file's writers who get there through the directories above it; nil for nobody.
    private static func arriving(_ writer: Writer, through way: ArraySlice<FileStatus>) -> Writer? {
        var writer = writer
        for directory in way where !identity(writer).may(.execute, WorkerIdentity.Permissions(directory)) {
            guard directory.mode & 0o010 != 0 else { return nil }
            // Those of them who are in its group, too.
            writer = .group(directory.gid)
        }
        return writer
    }

    /// The own group of one of them is taken for him: whoever else is in it deploys as he does. One without members is nobody.
    private mutating func leaveOutOwnGroups() {
        let isGroup = { (writer: Writer) -> Bool in if case .group = writer { true } else { false } }
        guard others.contains(where: isGroup) else { return }
        let own = others.compactMap { writer -> UInt32? in
            guard case .user(let uid) = writer, let account = UserAccount.find(uid: uid), account.uid == uid else {
                return nil
            }
            return account.gid
        }
        others.removeAll { writer in
            guard case .group(let gid) = writer else { return false }
            return own.contains(gid) || GroupAccount.isNobodys(gid)
        }
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

    /// Writers who could not tell that nothing is at `path`; nil if all of them could.
    ///
    /// - Parameter links: so many links that lead nowhere are followed.
    func whoMayNotSee(_ path: String, links: Int = 8) -> String? {
        guard let first = others.first,
            let missing = Paths.ancestry(path).first(where: { (try? Files.status($0)) == nil })
        else { return nil }
        // A link that leads nowhere may lead to where they cannot look.
        if (try? Files.status(missing, followingLinks: false)) != nil {
            guard links > 0, let target = try? Files.readLink(missing),
                let place = try? Files.realPath(Paths.parent(missing))
            else { return words(first) }
            return whoMayNotSee(Paths.join(place, target), links: links - 1)
        }
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

    /// Writers who could not run a program as this user without deployd, in words; nil if all of them could.
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
    /// A directory in which nobody may rename or remove another user's files. Source: inode(7), S_ISVTX.
    var isSticky: Bool { kind == .directory && mode & 0o1000 != 0 }
}
