import Glibc

extension Files {
    /// A file without a name in a directory, for reading and writing: nobody else can open it, and it is gone when its
    /// descriptor is closed, whatever becomes of the process. The corresponding C function is `open` with O_TMPFILE; where
    /// the file system has none, a file with a name that is taken away at once.
    package static func temporary(in directory: String) throws(SystemError) -> FileDescriptor {
        let nameless: CInt = 0x40_0000 | O_DIRECTORY  // O_TMPFILE, which Swift does not import.
        switch uninterrupted({ unsafe Glibc.open(directory, nameless | O_RDWR | O_CLOEXEC, 0o600) }) {
        case .success(let number): return FileDescriptor(owning: number)
        case .failure(.notSupported), .failure(.isADirectory): break
        case .failure(let errno): throw SystemError(call: "open", errno: errno, subject: directory)
        }
        let name = "\(directory)/.deployd-\(UInt64.random(in: .min ... .max))"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = FileDescriptor(
            owning: try system("open", directory) { unsafe Glibc.open(name, flags, 0o600) })
        _ = try system("unlink", directory) { unsafe Glibc.unlink(name) }
        return file
    }
}

extension FileDescriptor {
    /// Writes all of `bytes` at a place in a file; what the disk cannot take is an error. The corresponding C function is
    /// `pwrite`.
    package borrowing func writeAll(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
        let descriptor = number
        var written = 0
        while written < bytes.count {
            let start = written
            written += try system("pwrite") {
                unsafe bytes.withUnsafeBytes {
                    unsafe pwrite(
                        descriptor, $0.baseAddress?.advanced(by: start), $0.count - start, off_t(offset + start))
                }
            }
        }
    }
}
