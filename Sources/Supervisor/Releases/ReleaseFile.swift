internal import DeployCore
internal import Linux

/// Files that the master reads because a release says so: with no more rights than who can write the release has.
enum ReleaseFile {
    /// Why one is not read.
    enum Failure: Error, Equatable {
        /// The system refuses it.
        case system(SystemError)
        /// A writer of the release, as he stands in messages, may not read it.
        case hidden(from: String)
    }

    /// Walks to a file, links followed, and opens nothing on the way: neither a pipe nor a device.
    static func walk(to path: String, of writers: ReleaseWriters) throws(Failure) -> WalkedFile {
        let file = try found(path, of: writers)
        if let who = writers.whoMayNotRead(file.status, way: file.way) { throw Failure.hidden(from: who) }
        return file
    }

    private static func found(_ path: String, of writers: ReleaseWriters) throws(Failure) -> WalkedFile {
        do throws(SystemError) {
            return try WalkedFile(try Files.realPath(path))
        } catch {
            if error.errno == .notFound || error.errno == .notADirectory, let who = writers.whoMayNotSee(path) {
                throw Failure.hidden(from: who)
            }
            throw Failure.system(error)
        }
    }

    /// The whole content of a regular file of at most `limit` bytes, and where it is in truth.
    static func read(
        _ path: String, of writers: ReleaseWriters, limit: Int
    ) throws(Failure) -> (content: [UInt8], path: String) {
        let file = try walk(to: path, of: writers)
        do throws(SystemError) {
            return (try file.content(limit: limit), file.path)
        } catch {
            throw Failure.system(error)
        }
    }

    /// Opens a program to look at how it begins.
    ///
    /// - Throws: EACCES too when a writer of the release may not read it.
    static func open(_ path: String, of writers: ReleaseWriters) throws(SystemError) -> FileDescriptor {
        do throws(Failure) {
            let file = try walk(to: path, of: writers)
            return try opened(file)
        } catch {
            switch error {
            case .system(let reason): throw reason
            case .hidden: throw SystemError(call: "open", errno: .permissionDenied, subject: path)
            }
        }
    }

    private static func opened(_ file: borrowing WalkedFile) throws(Failure) -> FileDescriptor {
        do throws(SystemError) { return try file.opened() } catch { throw Failure.system(error) }
    }
}

extension Problem {
    /// A file of a release that is not read.
    ///
    /// - Parameters:
    ///   - path: the file, as the release names it, absolute.
    ///   - advice: what to do where there is none, and where it may not be read.
    init(
        file: String, keyPath: String = "", unread failure: ReleaseFile.Failure, path: String, expected: String,
        advice: (missing: String, hidden: String)
    ) {
        switch failure {
        case .system(let error) where error.errno == .notFound && (try? Files.readLink(path)) != nil:
            self.init(
                file: file, keyPath: keyPath,
                found: "\(path), a link to \((try? Files.readLink(path)) ?? ""), where nothing is", expected: expected,
                advice: advice.missing)
        case .system(let error):
            self.init(
                file: file, keyPath: keyPath, unreadable: error, expected: expected,
                advice: error.errno == .notFound ? advice.missing : "")
        case .hidden(let who):
            self.init(
                file: file, keyPath: keyPath, found: "\(path), which \(who) may not read",
                expected: "a file that everybody who can change the release may read", advice: advice.hidden)
        }
    }
}
