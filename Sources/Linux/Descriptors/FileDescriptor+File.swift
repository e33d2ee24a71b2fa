import CLinux
import Glibc

extension FileDescriptor {
    /// Bytes from a place in the file; fewer at its end. The corresponding C function is `pread`.
    package borrowing func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
        let descriptor = number
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let start = filled
            let got = try system("pread") {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe pread(descriptor, $0.baseAddress?.advanced(by: start), count - start, off_t(offset + start))
                }
            }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    /// Reads once from a place in the file; 0 bytes at its end. The corresponding C function is `pread`.
    package borrowing func read(at offset: Int, into area: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        let descriptor = number
        return try system("pread") { unsafe pread(descriptor, area.baseAddress, area.count, off_t(offset)) }
    }

    /// Writes all of `bytes` to a file; what the disk cannot take is an error. The corresponding C function is `write`.
    package borrowing func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        let descriptor = number
        var written = 0
        while written < bytes.count {
            let start = written
            written += try system("write") {
                unsafe bytes.withUnsafeBytes {
                    unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
                }
            }
        }
    }

    /// Waits until the disk has the content. The corresponding C function is `fsync`.
    package borrowing func synchronize() throws(SystemError) {
        let descriptor = number
        _ = try system("fsync") { fsync(descriptor) }
    }

    /// Has the content written to the disk from now on, without waiting. The corresponding C function is `sync_file_range`.
    package borrowing func beginSynchronizing() throws(SystemError) {
        let descriptor = number
        _ = try system("sync_file_range") { clinux_begin_sync(descriptor) }
    }

    /// Waits until the disk has the content, and of the file's own facts what is needed to read it. The corresponding C
    /// function is `fdatasync`.
    package borrowing func synchronizeData() throws(SystemError) {
        let descriptor = number
        _ = try system("fdatasync") { fdatasync(descriptor) }
    }

    /// Makes the file so long: cut, or filled with zeros. The corresponding C function is `ftruncate`.
    package borrowing func truncate(to size: Int) throws(SystemError) {
        let descriptor = number
        _ = try system("ftruncate") { ftruncate(descriptor, off_t(size)) }
    }

    /// Gives the file a group and permission bits. The corresponding C functions are `fchown` and `fchmod`.
    package borrowing func setGroup(_ group: UInt32, mode: UInt32) throws(SystemError) {
        let descriptor = number
        _ = try system("fchown") { fchown(descriptor, .max, group) }
        _ = try system("fchmod") { fchmod(descriptor, mode) }
    }

    /// Gives the file an owner and a group. The corresponding C function is `fchown`.
    package borrowing func setOwner(uid: UInt32, gid: UInt32) throws(SystemError) {
        let descriptor = number
        _ = try system("fchown") { fchown(descriptor, uid, gid) }
    }

    /// Runs `body` and writes the file's name into its error.
    borrowing func named<Result>(
        _ path: String, _ body: (borrowing FileDescriptor) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        do { return try body(self) } catch {
            throw SystemError(call: error.call, errno: error.errno, subject: path)
        }
    }
}
