import CLinux

/// A table that programs in the kernel and processes share. It lasts as long as a descriptor of it, or a program that uses it.
/// Source: bpf(2); Documentation/bpf/maps.rst. All of this needs CAP_BPF (Linux 5.8).
struct KernelMap: ~Copyable {
    private let descriptor: FileDescriptor

    /// Takes over a descriptor of a map, as another program of this process left it.
    init(adopting descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    var number: CInt { descriptor.number }

    /// Values by their number, all zero at first.
    static func array(of count: Int, bytes: Int) throws(SystemError) -> KernelMap {
        let number = try system("bpf", "array") { clinux_bpf_array(UInt32(bytes), UInt32(count)) }
        return KernelMap(adopting: FileDescriptor(owning: number))
    }

    /// Values by keys; at most so many.
    static func table(of count: Int, keyBytes: Int, bytes: Int) throws(SystemError) -> KernelMap {
        let number = try system("bpf", "table") { clinux_bpf_table(UInt32(keyBytes), UInt32(bytes), UInt32(count)) }
        return KernelMap(adopting: FileDescriptor(owning: number))
    }

    /// A value for each socket that was given one. A connection that comes out of such a listener has a copy of its value.
    /// Keys are descriptors of sockets. Source: net/core/bpf_sk_storage.c.
    static func socketStorage(bytes: Int) throws(SystemError) -> KernelMap {
        let description = TypeDescription.socketStorage(valueBytes: bytes)
        let types = FileDescriptor(
            owning: try system("bpf", "types") { unsafe clinux_bpf_types(description, UInt32(description.count)) })
        let (held, size) = (types.number, UInt32(bytes))
        let number = try system("bpf", "socket storage") {
            clinux_bpf_socket_storage(size, held, TypeDescription.key, TypeDescription.value)
        }
        withExtendedLifetime(types) {}
        return KernelMap(adopting: FileDescriptor(owning: number))
    }

    /// The value of a key; nil: there is none.
    borrowing func value(of key: [UInt8], bytes: Int) throws(SystemError) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: bytes)
        let map = number
        switch uninterrupted({ unsafe clinux_bpf_get(map, key, &value) }) {
        case .success: return value
        case .failure(.notFound): return nil
        case .failure(let errno): throw SystemError(call: "bpf", errno: errno, subject: "get")
        }
    }

    borrowing func set(_ key: [UInt8], to value: [UInt8]) throws(SystemError) {
        let map = number
        _ = try system("bpf", "set") { unsafe clinux_bpf_set(map, key, value) }
    }

    /// What is not there need not go.
    borrowing func remove(_ key: [UInt8]) throws(SystemError) {
        let map = number
        if case .failure(let errno) = uninterrupted({ unsafe clinux_bpf_remove(map, key) }), errno != .notFound {
            throw SystemError(call: "bpf", errno: errno, subject: "remove")
        }
    }
}

/// The kernel wants to be told of which types the keys and values of a socket storage are (BTF). Source:
/// Documentation/bpf/btf.rst.
private enum TypeDescription {
    static let key: UInt32 = 1
    static let value: UInt32 = 2

    /// An int of 32 bits, and a structure whose fields are nobody's business.
    static func socketStorage(valueBytes: Int) -> [UInt8] {
        let names: [UInt8] = [0] + Array("int".utf8) + [0]
        let (int, structure): (UInt32, UInt32) = (1 << 24, 4 << 24)
        let types: [UInt32] = [1, int, 4, 32, 0, structure, UInt32(valueBytes)]
        // Magic number, version 1, flags 0; the header's length; offset and length of the types, and of the names.
        let header: [UInt32] = [
            0x0001_eb9f, 24, 0, UInt32(types.count * 4), UInt32(types.count * 4), UInt32(names.count),
        ]
        return (header + types).flatMap(\.littleEndianBytes) + names
    }
}

extension FixedWidthInteger {
    /// Its bytes, the least significant first.
    var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
    }
}
