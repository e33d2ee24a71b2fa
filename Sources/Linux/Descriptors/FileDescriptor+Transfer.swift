import Glibc

extension FileDescriptor {
    /// Reads at most the buffer's size. The corresponding C function is `read`.
    package borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Transfer {
        let descriptor = number
        return try transfer("read") { unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    /// Reads at most `bytes.count` bytes over the front of `bytes`. The corresponding C function is `read`.
    package borrowing func read(into bytes: inout [UInt8]) throws(SystemError) -> Transfer {
        let descriptor = number
        return try transfer("read") {
            unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        }
    }

    /// Writes what the kernel takes at once. The corresponding C function is `write`.
    package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        let descriptor = number
        return try transfer("write") { unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
    }

    /// Writes what the kernel takes at once. The corresponding C function is `write`.
    package borrowing func write(_ bytes: [UInt8]) throws(SystemError) -> Transfer {
        let descriptor = number
        return try transfer("write") {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
