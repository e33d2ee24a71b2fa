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
        if self == .notAFile { return "not a regular file" }
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(rawValue, &text, text.count) == 0 || text[0] != 0 else { return "errno \(rawValue)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// EPERM.
    package static let notPermitted = Errno(rawValue: EPERM)
    /// ENOENT.
    package static let notFound = Errno(rawValue: ENOENT)
    /// ESRCH.
    package static let noSuchProcess = Errno(rawValue: ESRCH)
    /// EINTR.
    package static let interrupted = Errno(rawValue: EINTR)
    /// EIO.
    package static let inputOutput = Errno(rawValue: EIO)
    /// ECHILD.
    package static let noChild = Errno(rawValue: ECHILD)
    /// EAGAIN, which is EWOULDBLOCK too: come back when the descriptor is ready.
    package static let wouldBlock = Errno(rawValue: EAGAIN)
    /// ENOEXEC.
    package static let notExecutable = Errno(rawValue: ENOEXEC)
    /// ENOMEM.
    package static let noMemory = Errno(rawValue: ENOMEM)
    /// EACCES.
    package static let permissionDenied = Errno(rawValue: EACCES)
    /// EEXIST.
    package static let exists = Errno(rawValue: EEXIST)
    /// EBUSY.
    package static let busy = Errno(rawValue: EBUSY)
    /// ESPIPE: here, that something other than a regular file lies where one is expected.
    package static let notAFile = Errno(rawValue: ESPIPE)
    /// ENXIO: no program listens at the socket's file, or no device is behind it.
    package static let noDevice = Errno(rawValue: ENXIO)
    /// EBADF.
    package static let badDescriptor = Errno(rawValue: EBADF)
    /// EXDEV.
    package static let crossDevice = Errno(rawValue: EXDEV)
    /// ESTALE: another one has its name by now.
    package static let stale = Errno(rawValue: ESTALE)
    /// ENOTDIR.
    package static let notADirectory = Errno(rawValue: ENOTDIR)
    /// EFBIG.
    package static let fileTooLarge = Errno(rawValue: EFBIG)
    /// EISDIR.
    package static let isADirectory = Errno(rawValue: EISDIR)
    /// ENOTEMPTY.
    package static let notEmpty = Errno(rawValue: ENOTEMPTY)
    /// EINVAL.
    package static let invalid = Errno(rawValue: EINVAL)
    /// ENFILE.
    package static let tooManyOpenFilesInSystem = Errno(rawValue: ENFILE)
    /// EMFILE.
    package static let tooManyOpenFiles = Errno(rawValue: EMFILE)
    /// ENOSPC.
    package static let noSpace = Errno(rawValue: ENOSPC)
    /// EROFS.
    package static let readOnly = Errno(rawValue: EROFS)
    /// EPIPE.
    package static let brokenPipe = Errno(rawValue: EPIPE)
    /// ENAMETOOLONG.
    package static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    /// ELOOP.
    package static let loop = Errno(rawValue: ELOOP)
    /// EOPNOTSUPP.
    package static let notSupported = Errno(rawValue: EOPNOTSUPP)
    /// EAFNOSUPPORT.
    package static let familyNotSupported = Errno(rawValue: EAFNOSUPPORT)
    /// EALREADY.
    package static let alreadyInProgress = Errno(rawValue: EALREADY)
    /// EISCONN.
    package static let isConnected = Errno(rawValue: EISCONN)
    /// ENOSYS.
    package static let noSuchCall = Errno(rawValue: ENOSYS)
    /// EADDRINUSE.
    package static let addressInUse = Errno(rawValue: EADDRINUSE)
    /// EADDRNOTAVAIL.
    package static let addressNotAvailable = Errno(rawValue: EADDRNOTAVAIL)
    /// ENOBUFS.
    package static let noBuffers = Errno(rawValue: ENOBUFS)
    /// ECONNABORTED.
    package static let connectionAborted = Errno(rawValue: ECONNABORTED)
    /// ECONNRESET.
    package static let connectionReset = Errno(rawValue: ECONNRESET)
    /// ECONNREFUSED.
    package static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    /// ENOTCONN.
    package static let notConnected = Errno(rawValue: ENOTCONN)
    /// ETIMEDOUT.
    package static let timedOut = Errno(rawValue: ETIMEDOUT)
    /// ETOOMANYREFS: more descriptors are on their way through sockets than the sender's limit of open files.
    package static let tooManyReferences = Errno(rawValue: ETOOMANYREFS)
    /// EINPROGRESS.
    package static let inProgress = Errno(rawValue: EINPROGRESS)
}
