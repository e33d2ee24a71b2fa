internal import Linux

/// Makes the directories that releases share, where they are missing, and a release's links to them. What is there already
/// stays as it is.
struct SharedPlacement {
    let directories: [SharedDirectory]
    /// The release, absolute and without links.
    let release: String
    /// The workers' user and group; nil: the master's.
    let workers: FileOwner?
    /// The name of the configuration in problems.
    let file: String
    let layout: ReleaseLayout

    /// - Throws: the first that cannot be made.
    func make() throws(ProblemsFound) {
        for shared in directories {
            do throws(SystemError) {
                try makeDirectory(shared)
                try makeLink(shared)
            } catch {
                let problem = Problem(
                    file: file, keyPath: shared.key, found: "\(error)",
                    expected:
                        "a directory \(shared.directory), and a link to it at \(Paths.join(release, shared.link))",
                    advice: [.loop, .notADirectory].contains(error.errno)
                        ? "make the directory yourself: no link is followed on the way" : "")
                throw ProblemsFound([problem])
            }
        }
    }

    private func makeDirectory(_ shared: SharedDirectory) throws(SystemError) {
        guard Files.kind(shared.directory) != .directory,
            LostDirectory(shared, in: layout, startedBy: release) == nil
        else { return }
        let root = try FileDescriptor.directory("/")
        let parent = try root.makeDirectory(String(Paths.parent(shared.directory).dropFirst()))
        _ = try parent.makeDirectory(Paths.name(shared.directory), mode: shared.mode, owner: owner(of: shared))
    }

    private func owner(of shared: SharedDirectory) throws(SystemError) -> FileOwner? {
        let account = shared.owner.flatMap { UserAccount.find($0) }
        let group = shared.group.flatMap { GroupAccount.find($0) }
        let uid = account?.uid ?? workers?.uid
        let gid = group ?? account?.gid ?? workers?.gid
        guard uid != nil || gid != nil else { return nil }
        return FileOwner(uid: uid ?? ThisProcess.uid, gid: gid ?? ThisProcess.gid)
    }

    private func makeLink(_ shared: SharedDirectory) throws(SystemError) {
        let place = Paths.join(release, shared.link)
        if Self.leads(place, to: shared.directory) { return }
        let root = try FileDescriptor.directory("/")
        let top = try root.directoryBeneath(String(release.dropFirst()))
        let status = try top.status()
        let owner = FileOwner(uid: status.uid, gid: status.gid)
        // What is made in a release is its owner's, who may remove it.
        let own = owner.uid == ThisProcess.uid && owner.gid == ThisProcess.gid || ThisProcess.uid != 0 ? nil : owner
        let parent = Paths.parent(shared.link)
        let above = try top.makeDirectory(parent == "." ? "" : parent, owner: own)
        do throws(SystemError) {
            try above.makeLink(Paths.name(shared.link), to: shared.directory, owner: own)
        } catch {
            // Somebody else was faster.
            if error.errno == .exists, Self.leads(place, to: shared.directory) { return }
            throw SystemError(call: error.call, errno: error.errno, subject: place)
        }
    }

    /// Whether a place is a link to a directory, by whatever words; one that does not exist yet is named by its path.
    static func leads(_ place: String, to directory: String) -> Bool {
        guard let target = try? Files.readLink(place) else { return false }
        if Paths.join(Paths.parent(place), target) == directory { return true }
        guard let real = try? Files.realPath(place) else { return false }
        return real == (try? Files.realPath(directory))
    }
}
