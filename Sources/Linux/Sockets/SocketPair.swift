import CLinux
import Glibc

/// Two sockets that are connected to each other. The corresponding C function is `socketpair`.
package struct SocketPair: ~Copyable {
    /// The two ends; neither is special.
    package let first: Socket, second: Socket

    /// Opens a pair of unix sockets.
    package init(_ kind: SocketKind) throws(SystemError) {
        var numbers: [CInt] = [-1, -1]
        let type = kind.number | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        _ = try system("socketpair") { unsafe socketpair(AF_UNIX, type, 0, &numbers) }
        first = Socket(adopting: FileDescriptor(owning: numbers[0]))
        second = Socket(adopting: FileDescriptor(owning: numbers[1]))
    }

    /// Gives both ends away.
    package consuming func ends() -> (first: CInt, second: CInt) {
        (first.release().release(), second.release().release())
    }
}
