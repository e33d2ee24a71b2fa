import CLinux
import Glibc

extension SocketAddress {
    /// Lends the address in the kernel's form to the call named. A unix name that is too long is ENAMETOOLONG; one with a
    /// NUL in it, which the kernel would cut there, is EINVAL.
    func withNative<Result>(
        for call: StaticString,
        _ body: (UnsafeRawPointer, socklen_t) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        switch self {
        case .v4(let address, let port):
            var native = sockaddr_in()
            native.sin_family = sa_family_t(AF_INET)
            native.sin_port = port.bigEndian
            native.sin_addr.s_addr = address.number.bigEndian
            return try unsafe body(&native, socklen_t(MemoryLayout<sockaddr_in>.size))
        case .v6(let address, let port, let scope):
            var native = sockaddr_in6()
            native.sin6_family = sa_family_t(AF_INET6)
            native.sin6_port = port.bigEndian
            native.sin6_addr = address.native
            native.sin6_scope_id = scope
            return try unsafe body(&native, socklen_t(MemoryLayout<sockaddr_in6>.size))
        case .unix(let path):
            if path.utf8.contains(0) { throw SystemError(call: "\(call)", errno: .invalid, subject: description) }
            return try unsafe withUnix(Array(path.utf8) + [0], call, body)
        case .abstract(let name): return try unsafe withUnix([0] + Array(name.utf8), call, body)
        case .unnamed: return try unsafe withUnix([], call, body)
        }
    }

    private func withUnix<Result>(
        _ name: [UInt8], _ call: StaticString, _ body: (UnsafeRawPointer, socklen_t) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        guard name.count <= Self.maxPathBytes + 1 else {
            throw SystemError(call: "\(call)", errno: .nameTooLong, subject: description)
        }
        var native = sockaddr_un()
        native.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &native.sun_path) { unsafe $0.copyBytes(from: name) }
        return try unsafe body(&native, socklen_t(MemoryLayout<sa_family_t>.size + name.count))
    }

    /// Reads what the kernel wrote: `fill` is given room and its size, and answers like `getsockname`. A family that this
    /// type has no case for is EAFNOSUPPORT.
    static func native(_ call: StaticString, _ fill: (UnsafeMutableRawPointer, UnsafeMutablePointer<socklen_t>) -> CInt)
        throws(SystemError) -> SocketAddress
    {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = try system(call) { unsafe fill(&storage, &length) }
        switch CInt(storage.ss_family) {
        case AF_INET:
            let native = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in.self) }
            return .v4(IPv4Address(UInt32(bigEndian: native.sin_addr.s_addr)), port: UInt16(bigEndian: native.sin_port))
        case AF_INET6:
            let native = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in6.self) }
            return .v6(
                IPv6Address(native.sin6_addr), port: UInt16(bigEndian: native.sin6_port), scope: native.sin6_scope_id)
        case AF_UNIX:
            let name = unsafe withUnsafeBytes(of: storage) { unsafe Array($0[2..<max(2, Int(length))]) }
            guard let first = name.first else { return .unnamed }
            if first == 0 { return .abstract(name: String(decoding: name.dropFirst(), as: UTF8.self)) }
            return .unix(path: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
        default: throw SystemError(call: "\(call)", errno: .familyNotSupported)
        }
    }
}
