import CLinux
import Glibc

/// A pipe, both ends non-blocking. The corresponding C function is `pipe2`.
package struct Pipe: ~Copyable {
    /// The end to read from.
    package let reading: FileDescriptor
    /// The end to write to.
    package let writing: FileDescriptor

    /// Opens a pipe.
    package init() throws(SystemError) {
        var numbers: (CInt, CInt) = (-1, -1)
        _ = try system("pipe2") {
            unsafe withUnsafeMutableBytes(of: &numbers) {
                unsafe clinux_pipe($0.baseAddress?.assumingMemoryBound(to: CInt.self))
            }
        }
        reading = FileDescriptor(owning: numbers.0)
        writing = FileDescriptor(owning: numbers.1)
    }

    /// Gives both ends away.
    package consuming func ends() -> (reading: CInt, writing: CInt) {
        (reading.release(), writing.release())
    }
}
