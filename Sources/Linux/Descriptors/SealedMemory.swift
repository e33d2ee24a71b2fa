import CLinux

extension FileDescriptor {
    /// A file in memory that lies on no disk, whose size nobody can change: who maps it never meets SIGBUS, and who writes to
    /// it fills nothing. The corresponding C function is `memfd_create`, with F_ADD_SEALS of fcntl(2).
    package static func sealedMemory(_ name: String, byteCount: Int) throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try system("memfd_create", name) { unsafe clinux_sealed_memfd(name, off_t(byteCount)) })
    }

    /// A file in memory with this content, which nobody can change: whoever has it reads the same. The corresponding C
    /// function is `memfd_create`, with F_ADD_SEALS of fcntl(2).
    package static func sealedContent(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try system("memfd_create", name) {
                unsafe bytes.withUnsafeBytes { unsafe clinux_sealed_content(name, $0.baseAddress, $0.count) }
            })
    }

    /// Whether it is a file whose size nobody can change.
    package borrowing func isSealedMemory() -> Bool { clinux_has_sealed_size(number) == 1 }

    /// Whether any process has the file open for writing; this descriptor must be for reading only. Where the file system
    /// cannot tell, nobody has.
    package borrowing func hasWriter() -> Bool { clinux_has_writer(number) == 1 }
}
