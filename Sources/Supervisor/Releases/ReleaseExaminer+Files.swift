internal import DeployCore
internal import Linux

// What a release is made of, as far as its files are read, and who has a hand in them.
extension ReleaseExaminer {
    /// The variables of environment files.
    ///
    /// - Parameter isReleases: whether the release names them: then they are read with the rights of who writes it.
    mutating func variables(
        _ files: [EnvironmentFileReference], file: String, isReleases: Bool
    ) -> [String: String] {
        var merged: [String: String] = [:]
        for (index, reference) in files.enumerated() {
            let isHidden = isReleases && writers.whoMayNotSee(reference.path) != nil
            if reference.isOptional, !isHidden, Files.kind(reference.path) == nil { continue }
            let shown = Paths.shortened(reference.path, from: resolver.surroundings.workingDirectory)
            do throws(ReleaseFile.Failure) {
                let bytes = try bytes(of: reference.path, isReleases: isReleases)
                merged.merge(variables(in: bytes, shown: shown)) { $1 }
            } catch {
                problems.append(
                    Problem(
                        file: file, keyPath: "environmentFiles[\(index)]", unread: error, path: reference.path,
                        expected: "a readable file \(reference.path)",
                        advice: (
                            missing: "write \"-\" before its name if it may be missing",
                            hidden: "name it in `environmentFiles` of deployd.json"
                        )))
            }
        }
        return merged
    }

    private func bytes(of path: String, isReleases: Bool) throws(ReleaseFile.Failure) -> [UInt8] {
        if isReleases { return try ReleaseFile.read(path, of: writers, limit: JSONDocument.maxBytes).content }
        do throws(SystemError) {
            return try Files.read(path, limit: JSONDocument.maxBytes)
        } catch {
            throw ReleaseFile.Failure.system(error)
        }
    }

    private mutating func variables(in bytes: [UInt8], shown: String) -> [String: String] {
        do throws(EnvironmentFile.Mistake) {
            let content = try EnvironmentFile.parse(bytes)
            warnings += content.ignored.map { "\(shown):\($0.line): found \($0.found): the line is ignored" }
            return content.variables
        } catch {
            problems.append(
                Problem(file: shown, position: error.position, found: error.found, expected: error.expected))
            return [:]
        }
    }

    /// That the variables of `environment` end at php-fpm's master; nil: they do not, or it is not certain.
    func closedPool(of process: ResolvedProcess) -> String? {
        let directory = Paths.join(path, manifest.value.directory)
        guard PoolFile(of: process.arguments, directory: directory)?.isEnvironmentClosed == true else { return nil }
        let key = JSONOutline.path("processes", key: process.name)
        return "\(manifestFile): \(key): the variables of `environment` do not reach PHP: put "
            + "`clear_env = no` into its pool's file"
    }

    /// Whether what runs as this user is in nobody else's hands. Without a configuration root itself stands in the
    /// directory that it starts, and only root is held to it: another master can do nothing that its user cannot.
    private func isHeldToTrust(_ uid: UInt32?) -> Bool {
        configuration.file != nil && resolver.surroundings.userID == 0 && uid == 0
    }

    /// The release, and what all of its processes share.
    mutating func checkTrust(runsAs uid: UInt32?) {
        guard isHeldToTrust(uid) else { return }
        problems += root.releaseProblems()
        check(Paths.join(path, manifest.value.directory), "a directory", manifestFile, "directory")
        let files = [
            (configuration.environmentFiles, configurationFile), (manifest.value.environmentFiles, manifestFile),
        ]
        for (references, file) in files {
            for (index, reference) in references.enumerated() {
                check(reference.path, "an environment file", file, "environmentFiles[\(index)]")
            }
        }
        if let environment = virtualEnvironment {
            check(Paths.join(environment, "bin"), "an environment of Python", manifestFile)
        }
    }

    /// A program, what is started in its place, and the files that its command names.
    mutating func checkTrust(
        in command: [String], _ program: String, _ start: ProgramStart, _ keyPath: String, runsAs uid: UInt32?
    ) {
        guard isHeldToTrust(uid) else { return }
        for started in [program] + start.interpreters(of: program, namingEnv: true) {
            check(started, "a program", manifestFile, "\(keyPath)[0]")
        }
        let files = CommandFiles(directory: start.directory)
        for named in files.named(by: command) + files.namedByShell(in: command) {
            check(named.path, "a file", manifestFile, "\(keyPath)[\(named.index)]")
        }
    }

    private mutating func check(_ path: String, _ what: String, _ file: String, _ keyPath: String = "") {
        guard let problem = root.problem(with: path, what: what, file: file, keyPath: keyPath) else { return }
        problems.append(problem)
    }
}
