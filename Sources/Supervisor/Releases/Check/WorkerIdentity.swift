internal import Linux

/// A worker's user and groups, which permissions are judged by.
struct WorkerIdentity: Equatable {
    let uid: UInt32
    let gid: UInt32
    /// All groups, the primary one included.
    let groups: [UInt32]

    /// A kind of access; the raw value is the bit in the last octal digit of a mode.
    enum Wish: UInt32 {
        case read = 4
        case write = 2
        /// To execute a file, or to enter a directory.
        case execute = 1
    }

    /// The owner, group and mode of a file.
    struct Permissions: Equatable {
        let mode: UInt32
        let uid: UInt32
        let gid: UInt32
        let isDirectory: Bool
    }

    /// The workers of this user and group; nil when there is no such user or group.
    ///
    /// - Parameter group: name or number; nil: the user's primary group.
    static func find(user: String, group: String?) -> WorkerIdentity? {
        guard let account = UserAccount.find(user) else { return nil }
        guard let group else { return WorkerIdentity(uid: account.uid, gid: account.gid, groups: account.groups()) }
        guard let gid = GroupAccount.find(group) else { return nil }
        return WorkerIdentity(uid: account.uid, gid: gid, groups: account.groups() + [gid])
    }

    /// Whether the permission bits let this identity do as it wishes.
    ///
    /// Access control lists and capabilities are not asked. Root may do all, but execute only what somebody may execute.
    /// Source: path_resolution(7), inode(7).
    func may(_ wish: Wish, _ permissions: Permissions) -> Bool {
        if uid == 0 { return wish != .execute || permissions.isDirectory || permissions.mode & 0o111 != 0 }
        if uid == permissions.uid { return permissions.mode & (wish.rawValue << 6) != 0 }
        let isInGroup = gid == permissions.gid || groups.contains(permissions.gid)
        return permissions.mode & (isInGroup ? wish.rawValue << 3 : wish.rawValue) != 0
    }

    /// The first directory on the way to `path`, itself included, that this identity may not enter; nil when it gets
    /// there. A part that does not exist ends the walk: it is yet to be made.
    func firstBarrier(to path: String) -> String? {
        for directory in Paths.ancestry(path) {
            guard let status = try? Files.status(directory) else { return nil }
            if !may(.execute, Permissions(status)) { return directory }
        }
        return nil
    }
}

extension WorkerIdentity.Permissions {
    init(_ status: FileStatus) {
        self.init(mode: status.mode, uid: status.uid, gid: status.gid, isDirectory: status.kind == .directory)
    }
}
