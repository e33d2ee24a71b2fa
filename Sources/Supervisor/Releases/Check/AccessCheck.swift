internal import Linux

/// Checks that the workers' user can reach what the workers need.
struct AccessCheck {
    let release: ResolvedRelease
    /// The workers' user as it was written.
    let user: String
    let identity: WorkerIdentity
    /// The release's name in problems.
    let file: String
    /// Users who can write the release: its programs are read with their rights.
    let writers: ReleaseWriters

    /// The findings that keep the workers from starting.
    static func problems(
        _ release: ResolvedRelease, configuration: Configuration, surroundings: Surroundings
    ) -> [Problem] { findings(release, configuration: configuration, surroundings: surroundings).problems }

    /// What the workers of a release could not enter, read or execute, judged by permission bits. Of workers that are the
    /// master's user only files are judged: they get where it gets.
    ///
    /// - Returns: what stands in the way, and a line for each file that another user's workers may not read. An access control
    ///   list, which is not asked, may let them.
    static func findings(
        _ release: ResolvedRelease, configuration: Configuration, surroundings: Surroundings
    ) -> (problems: [Problem], warnings: [String]) {
        let file = Paths.shortened(release.path, from: surroundings.workingDirectory)
        guard let user = release.user else { return (problemsOfMaster(release, file: file, surroundings), []) }
        guard let identity = WorkerIdentity.find(user: user, group: release.group) else { return ([], []) }
        let check = AccessCheck(
            release: release, user: user, identity: identity, file: file,
            writers: ReleaseWriters(of: release.path, surroundings: surroundings))
        let ways =
            [
                check.barrier(to: release.path, what: "the release"),
                check.barrier(to: release.workingDirectory, what: "its directory"),
                check.barrier(to: Paths.parent(release.executable), what: "the command's directory"),
            ].compactMap { $0 }
            + release.processes.compactMap {
                check.barrier(to: Paths.parent($0.executable), what: "the directory of the command of \($0.name)")
            }
            + [
                check.barrier(
                    to: configuration.runtimeDirectory, what: "the state directory, where they say READY=1"),
                configuration.tls.challenges.flatMap { check.barrier(to: $0, what: "tls.challenges") },
            ].compactMap { $0 }
            + configuration.shared.compactMap {
                check.barrier(to: $0.directory, what: "the directory that releases share as \($0.link)")
            }
        let started =
            [(release.executable, "command", release.environment)]
            + release.processes.map {
                ($0.executable, JSONOutline.path("processes", key: $0.name) + ".command", $0.environment)
            }
        let interpreters = started.flatMap { check.interpreterProblems($0.0, $0.1, searchPath: $0.2["PATH"]) }
        var seen: Set<String> = []
        let programs =
            [check.programProblem(release.executable, "command")]
            + release.processes.map {
                check.programProblem($0.executable, JSONOutline.path("processes", key: $0.name) + ".command")
            }
        let barriers = (ways + interpreters).filter { seen.insert($0.found).inserted }
        let files = (check.webDirectoryProblems + check.fileProblems).filter { seen.insert($0.found).inserted }
        return (
            problems: barriers + (programs + logs(release).map(check.accessLogProblem)).compactMap { $0 },
            warnings: files.map(\.description)
        )
    }

    /// The master's own user is not judged by bits: the kernel is asked, which knows of groups that systemd adds.
    private static func problemsOfMaster(
        _ release: ResolvedRelease, file: String, _ surroundings: Surroundings
    ) -> [Problem] {
        // (Root may read and write all.)
        guard surroundings.userID != 0, surroundings.userID == ThisProcess.uid else { return [] }
        let user = SiteOwner(uid: surroundings.userID).name
        let unreadable = ReadableFiles(release: release).files.filter {
            Files.obstacle(to: [.read], $0.path) == .permissionDenied
        }
        return unreadable.map { unreadableProblem($0, user: user, file: file) }
            + logs(release).compactMap { closedLogProblem($0, release, user: user, file: file) }
    }

    /// The files of access logs, as written.
    private static func logs(_ release: ResolvedRelease) -> [String] {
        (release.manifest.web?.parts ?? []).compactMap { $0.settings.accessLog?.file }.uniqued()
    }

    private static func closedLogProblem(
        _ name: String, _ release: ResolvedRelease, user: String, file: String
    ) -> Problem? {
        let path = Paths.join(release.path, name)
        let kind = Files.kind(path)
        let place = kind == nil ? Paths.parent(path) : path
        guard kind == nil || kind == .file, Files.obstacle(to: [.write], place) == .permissionDenied else { return nil }
        return logProblem(place, user: user, file: file, advice: "chown \(user) \(ShellWord.quoted(place))")
    }

    /// The files that they are known to read, and may not.
    private var fileProblems: [Problem] {
        ReadableFiles(release: release).files.compactMap { named in
            guard let status = try? Files.status(named.path), status.kind == .file else { return nil }
            let places = [named.path, (try? Files.realPath(named.path)) ?? named.path].map(Paths.parent)
            if let closed = places.compactMap({ identity.firstBarrier(to: $0) }).first {
                return Problem(
                    file: Paths.join(file, Defaults.manifestFile), keyPath: named.key,
                    found: "\(closed), which user \(JSONValue.quoted(user)) may not enter",
                    expected: "a path to \(named.path) that the workers may follow",
                    advice: Self.way(into: closed))
            }
            guard !identity.may(.read, WorkerIdentity.Permissions(status)) else { return nil }
            return Self.unreadableProblem(named, user: user, file: file)
        }
    }

    /// Directories that the web workers open, and may not.
    private var webDirectoryProblems: [Problem] {
        let named = (release.manifest.web?.parts ?? []).flatMap { key, web in
            [("\(key).files", web.files), ("\(key).fastcgi.root", web.fastcgi?.root)].compactMap { key, name in
                name.map { (key, $0) }
            } + web.mounts.sorted { $0.key < $1.key }.map { (JSONOutline.path("\(key).mounts", key: $0.key), $0.value) }
                + web.follow.enumerated().map { ("\(key).follow[\($0.offset)]", $0.element) }
        }
        return named.compactMap { key, name in
            let place = Paths.join(release.path, name)
            guard let real = try? Files.realPath(place), let status = try? Files.status(real), status.kind == .directory
            else { return nil }
            let manifest = Paths.join(file, Defaults.manifestFile)
            if let closed = identity.firstBarrier(to: real) {
                return Problem(
                    file: manifest, keyPath: key,
                    found: "\(closed), which user \(JSONValue.quoted(user)) may not enter",
                    expected: "a path to \(real) that the workers may follow", advice: Self.way(into: closed))
            }
            guard !identity.may(.read, WorkerIdentity.Permissions(status)) else { return nil }
            return Problem(
                file: manifest, keyPath: key, found: "\(real), which user \(JSONValue.quoted(user)) may not read",
                expected: "a directory that the workers can read",
                advice: "chmod o+rx \(ShellWord.quoted(real)), or give it one of the user's groups")
        }
    }

    private static func unreadableProblem(_ named: ReadableFiles.Named, user: String, file: String) -> Problem {
        let word = ShellWord.quoted(named.path)
        return Problem(
            file: Paths.join(file, Defaults.manifestFile), keyPath: named.key,
            found: "\(named.path), which user \(JSONValue.quoted(user)) may not read",
            expected: "a file that the workers can read",
            advice: "with one of the user's groups: chgrp GROUP \(word) && chmod g+r \(word)")
    }

    /// A problem with the access log's file, which the workers create if there is none.
    private func accessLogProblem(_ name: String) -> Problem? {
        let path = Paths.join(release.path, name)
        let file = try? Files.status(path)
        let place = file == nil ? Paths.parent(path) : path
        // (Neither a pipe nor a terminal is judged: /dev/stdout is another thing for the workers than for who asks.)
        guard let status = file ?? (try? Files.status(place)), status.kind == (file == nil ? .directory : .file),
            !identity.may(.write, WorkerIdentity.Permissions(status))
        else { return nil }
        // (The directory itself may be one that systemd gives back to root at each start: LogsDirectory=.)
        let advice = "`install -d -o \(user) \(ShellWord.quoted("\(place)/web"))`, and name a file in there"
        return Self.logProblem(
            place, user: user, file: self.file,
            advice: file == nil ? advice : "chown \(user) \(ShellWord.quoted(place))")
    }

    private static func logProblem(_ place: String, user: String, file: String, advice: String) -> Problem {
        Problem(
            file: file, keyPath: "web.accessLog.file",
            found: "\(place), to which user \(JSONValue.quoted(user)) may not write",
            expected: "a place where the workers can write their access log", advice: advice)
    }

    /// What the program is in truth, when its name is a link, and what is started in its place, when it is a script: a
    /// Python that was installed for root alone, say.
    private func interpreterProblems(_ executable: String, _ key: String, searchPath: String?) -> [Problem] {
        let writers = writers
        let start = ProgramStart(
            directory: release.workingDirectory, searchPath: searchPath ?? Defaults.searchPath,
            opening: { (path: String) throws(SystemError) -> FileDescriptor in
                try ReleaseFile.open(path, of: writers)
            })
        let isReachable = { (program: String) in
            guard let real = try? Files.realPath(program), let status = try? Files.status(real) else { return false }
            return identity.firstBarrier(to: Paths.parent(real)) == nil
                && identity.firstBarrier(to: Paths.parent(program)) == nil
                && identity.may(.execute, WorkerIdentity.Permissions(status))
        }
        let real = ([executable] + start.interpreters(of: executable, isReachable: isReachable))
            .compactMap { try? Files.realPath($0) }
        return real.filter { $0 != executable }.compactMap { program in
            barrier(to: Paths.parent(program), what: "the directory of \(program), which \(key)[0] starts")
                ?? programProblem(program, key)
        }
    }

    private func barrier(to path: String, what: String) -> Problem? {
        identity.firstBarrier(to: path).map {
            Problem(
                file: file, found: "\($0), which user \(JSONValue.quoted(user)) may not enter",
                expected: "a path to \(what) that the workers may follow",
                advice: Self.way(into: $0))
        }
    }

    /// How the workers get into a directory that is closed to them. A home directory is not opened for the sake of a site.
    static func way(into closed: String) -> String {
        guard closed != "/root", Paths.parent(closed) != "/home" else {
            return "move the site, for instance to /srv/site: what lies in \(closed) is its owner's business alone"
        }
        return "chmod o+x \(ShellWord.quoted(closed)), or give it one of the user's groups"
    }

    private func programProblem(_ executable: String, _ key: String) -> Problem? {
        guard let status = try? Files.status(executable),
            !identity.may(.execute, WorkerIdentity.Permissions(status))
        else { return nil }
        return Problem(
            file: file, keyPath: "\(key)[0]",
            found: "\(executable), which user \(JSONValue.quoted(user)) may not execute",
            expected: "a program that the workers can execute", advice: "chmod o+rx \(ShellWord.quoted(executable))")
    }
}
