import CLinux
import Glibc

/// A message that arrived, with what came beside it. Source: unix(7), SCM_RIGHTS and SCM_CREDENTIALS.
package struct ReceivedMessage: Sendable {
    /// The bytes; empty at the end of a stream.
    package private(set) var bytes: [UInt8]
    /// Descriptors, close-on-exec. The receiver owns every one of them: adopt each or close it.
    package let descriptors: [CInt]
    /// The sender, if the socket passes credentials.
    package let sender: PeerCredentials?
    /// Bytes or descriptors did not fit and were thrown away (such descriptors are closed).
    package let isTruncated: Bool

    /// Overwrites the bytes, which were secret.
    package mutating func wipe() { bytes.wipe() }
}

extension Socket {
    /// The most descriptors that a message can bring. The corresponding C constant is the kernel's `SCM_MAX_FD`; source:
    /// unix(7).
    package static let mostDescriptors = 253

    /// Sends one message with descriptors (``mostDescriptors``, else EINVAL), to a bound address or to the connected peer. The
    /// descriptors stay the caller's. On a stream they travel only beside at least one byte. The corresponding C function is `sendmsg`.
    package borrowing func sendMessage(
        _ bytes: [UInt8], descriptors: [CInt] = [], to address: SocketAddress? = nil
    ) throws(SystemError) -> Transfer {
        guard let address else { return try unsafe Self.send(number, bytes, descriptors, nil, 0, "") }
        let socket = number
        return try unsafe address.withNative(for: "sendmsg") { (native, length) throws(SystemError) in
            try unsafe Self.send(socket, bytes, descriptors, native, length, address.description)
        }
    }

    private static func send(
        _ socket: CInt, _ bytes: [UInt8], _ descriptors: [CInt], _ native: UnsafeRawPointer?, _ length: socklen_t,
        _ subject: String
    ) throws(SystemError) -> Transfer {
        let result = uninterrupted {
            unsafe bytes.withUnsafeBytes {
                unsafe clinux_send_message(
                    socket, $0.baseAddress, $0.count, descriptors, descriptors.count, native, length)
            }
        }
        switch result {
        case .success(let count): return .bytes(count)
        case .failure(.wouldBlock): return .wouldBlock
        case .failure(let errno): throw SystemError(call: "sendmsg", errno: errno, subject: subject)
        }
    }

    /// Takes the next message; nil when none waits. Descriptors beyond `maxDescriptors` are closed. The corresponding C
    /// function is `recvmsg`.
    package borrowing func receiveMessage(
        maxBytes: Int = 4096, maxDescriptors: Int = 0
    ) throws(SystemError) -> ReceivedMessage? {
        let socket = number
        var bytes = [UInt8](repeating: 0, count: maxBytes)
        var descriptors = [CInt](repeating: -1, count: maxDescriptors)
        var received = clinux_received()
        let result = try transfer("recvmsg") {
            unsafe bytes.withUnsafeMutableBytes {
                unsafe clinux_receive_message(
                    socket, $0.baseAddress, $0.count, &descriptors, maxDescriptors, &received)
            }
        }
        guard case .bytes(let count) = result else { return nil }
        let sender =
            received.has_credentials != 0
            ? PeerCredentials(pid: received.pid, uid: received.uid, gid: received.gid) : nil
        // In its place: of a secret there is no other copy.
        bytes.removeLast(maxBytes - count)
        return ReceivedMessage(
            bytes: bytes, descriptors: Array(descriptors.prefix(Int(received.descriptor_count))),
            sender: sender, isTruncated: received.truncated != 0)
    }
}
