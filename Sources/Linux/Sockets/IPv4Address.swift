import CLinux
import Glibc

/// An IPv4 address, 4 bytes in network order.
package struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    /// The address as a number whose most significant byte is the first of the four.
    package let number: UInt32

    /// From the number, most significant byte first.
    package init(_ number: UInt32) { self.number = number }

    /// From four decimal numbers with dots, and no other form. The corresponding C function is `inet_pton`.
    package init?(_ text: String) {
        var address = in_addr()
        guard unsafe inet_pton(AF_INET, text, &address) == 1 else { return nil }
        number = UInt32(bigEndian: address.s_addr)
    }

    /// 127.0.0.1.
    package static let loopback = IPv4Address(0x7f00_0001)
    /// 0.0.0.0: every address of this machine.
    package static let any = IPv4Address(0)

    /// "127.0.0.1".
    package var description: String {
        "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    }
}
