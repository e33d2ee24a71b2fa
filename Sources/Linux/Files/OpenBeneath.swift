import CLinux
import Glibc

/// A file that was opened beneath a directory, with the name that it has there.
package struct FileBeneath: ~Copyable {
    /// The open file.
    package let descriptor: FileDescriptor
    /// The path without links, relative to the directory.
    package let name: String

    /// Gives the descriptor away.
    package consuming func take() -> FileDescriptor { descriptor }
}

extension FileDescriptor {
    /// Opens a directory, to be the root of lookups by `openBeneath`.
    package static func directory(_ path: String) throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try system("open", path) { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    }

    /// Opens for reading what a path relative to this directory leads to, and says what it is called there. Links are
    /// followed, absolute ones too, as long as they lead to something beneath this directory; else EXDEV. Links need
    /// /proc. The corresponding call is `openat2` with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS.
    package borrowing func openBeneath(_ path: String) throws(SystemError) -> FileBeneath {
        var (name, attemptsLeft) = (path, 16)
        while true {
            do throws(SystemError) {
                return FileBeneath(descriptor: try openWithoutLinks(name), name: name)
            } catch {
                // Behind a link that was just resolved, something else may be there now.
                let isOld = attemptsLeft < 16 && error.errno == .notFound
                attemptsLeft -= 1
                guard error.errno == .loop || isOld, attemptsLeft > 0 else { throw error }
            }
            name = try ownName(path)
        }
    }

    private borrowing func openWithoutLinks(_ path: String) throws(SystemError) -> FileDescriptor {
        let root = number
        let flags = UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        let beneathWithoutLinks: UInt64 = 0x08 | 0x04
        // A ".." that is walked while somebody renames a directory anywhere is EAGAIN: the kernel cannot tell whether it
        // stayed beneath. openat2(2) says to try again.
        var attemptsLeft = 16
        while true {
            attemptsLeft -= 1
            switch uninterrupted({ unsafe clinux_openat2(root, path, flags, 0, beneathWithoutLinks) }) {
            case .success(let number): return FileDescriptor(owning: number)
            case .failure(.wouldBlock) where attemptsLeft > 0: continue
            case .failure(let errno): throw SystemError(call: "openat2", errno: errno, subject: path)
            }
        }
    }

    /// Where a path relative to this directory leads, by whatever links and wherever: absolute, without links. Nothing is
    /// opened on the way: not a device, not a pipe (O_PATH).
    package borrowing func destination(of path: String) throws(SystemError) -> String {
        let root = number
        let place = FileDescriptor(
            owning: try system("openat", path) { unsafe openat(root, path, Files.pathOnly | O_CLOEXEC) })
        return try Files.readLink("/proc/self/fd/\(place.number)")
    }

    /// The name, relative to this directory, of what a path leads to by whatever links.
    private borrowing func ownName(_ path: String) throws(SystemError) -> String {
        let directory = Array(try Files.readLink("/proc/self/fd/\(number)").utf8)
        let whole = Array(try destination(of: path).utf8)
        let front = directory == [0x2f] ? directory : directory + [0x2f]
        guard whole.count > front.count, whole.starts(with: front) else {
            throw SystemError(call: "openat2", errno: .crossDevice, subject: path)
        }
        return String(decoding: whole.dropFirst(front.count), as: UTF8.self)
    }
}
