import Glibc

/// An error number of the kernel, as `errno` bears it. Source: errno(3).
package struct Errno: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number itself.
    package let rawValue: CInt

    /// Wraps a number as it came from the kernel.
    package init(rawValue: CInt) { self.rawValue = rawValue }

    /// The calling thread's `errno`; read it in the statement after the call.
    package static var current: Errno { Errno(rawValue: errno) }

    /// The C library's text, such as "No such file or directory".
    package var description: String {
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(rawValue, &text, text.count) == 0 || text[0] != 0 else { return "errno \(rawValue)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package static let notPermitted = Errno(rawValue: EPERM)
    package static let notFound = Errno(rawValue: ENOENT)
    package static let noSuchProcess = Errno(rawValue: ESRCH)
    package static let interrupted = Errno(rawValue: EINTR)
    package static let inputOutput = Errno(rawValue: EIO)
    package static let noChild = Errno(rawValue: ECHILD)
    package static let wouldBlock = Errno(rawValue: EAGAIN)
    package static let noMemory = Errno(rawValue: ENOMEM)
    package static let permissionDenied = Errno(rawValue: EACCES)
    package static let exists = Errno(rawValue: EEXIST)
    package static let crossDevice = Errno(rawValue: EXDEV)
    package static let notADirectory = Errno(rawValue: ENOTDIR)
    package static let isADirectory = Errno(rawValue: EISDIR)
    package static let invalid = Errno(rawValue: EINVAL)
    package static let tooManyOpenFilesInSystem = Errno(rawValue: ENFILE)
    package static let tooManyOpenFiles = Errno(rawValue: EMFILE)
    package static let noSpace = Errno(rawValue: ENOSPC)
    package static let readOnlyFileSystem = Errno(rawValue: EROFS)
    package static let brokenPipe = Errno(rawValue: EPIPE)
    package static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    package static let loop = Errno(rawValue: ELOOP)
    package static let notSupported = Errno(rawValue: EOPNOTSUPP)
    package static let noSuchCall = Errno(rawValue: ENOSYS)
    package static let addressInUse = Errno(rawValue: EADDRINUSE)
    package static let addressNotAvailable = Errno(rawValue: EADDRNOTAVAIL)
    package static let noBuffers = Errno(rawValue: ENOBUFS)
    package static let connectionAborted = Errno(rawValue: ECONNABORTED)
    package static let connectionReset = Errno(rawValue: ECONNRESET)
    package static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    package static let notConnected = Errno(rawValue: ENOTCONN)
    package static let timedOut = Errno(rawValue: ETIMEDOUT)
    package static let inProgress = Errno(rawValue: EINPROGRESS)
}
