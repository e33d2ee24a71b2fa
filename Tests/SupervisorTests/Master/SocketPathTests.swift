import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("The path of a unix listener")
struct SocketPathTests {
    private static let note = Array("written by a person\n".utf8)

    @Test func `a person's file at the path is refused, and neither overwritten nor removed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("web.sock")
        try Files.create(path).writeAll(Self.note)
        #expect(throws: SystemError.self) { try RenamedListenerTests.listener(in: directory) }
        try Files.unlink(path)
        let listener = try RenamedListenerTests.listener(in: directory)
        // It comes when the listener is there already.
        for name in ["web.sock", "web.sock.1", "web.sock.new"] {
            try Files.create(directory.path(name)).writeAll(Self.note)
        }
        #expect(throws: SystemError.self) { try listener.open(for: RenamedListenerTests.generation(1)) }
        try listener.open(for: RenamedListenerTests.generation(2))
        for _ in 1...2 {
            #expect(throws: SystemError.self) { try listener.steer(to: .only(RenamedListenerTests.generation(2))) }
        }
        try Files.unlink(directory.path("web.sock.new"))
        #expect(throws: SystemError.self) { try listener.steer(to: .only(RenamedListenerTests.generation(2))) }
        try listener.steer(to: .only(RenamedListenerTests.generation(3)))
        listener.close()
        #expect(try Files.list(directory.path) == ["web.sock", "web.sock.1"])
        for name in ["web.sock", "web.sock.1"] { #expect(try Files.read(directory.path(name)) == Self.note) }
    }

    @Test func `a link is no socket, wherever it leads`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("web.sock")
        try Files.replaceLink(path, target: directory.path("other"))
        #expect(SocketPath(path).trouble == .notASocket)
        do {
            let other = try Socket.stream(.unix)
            try other.bind(path: directory.path("other"), mode: 0o600)
        }
        #expect(SocketPath(path).trouble == .notASocket)
        #expect(SocketPath(directory.path("other")).trouble == nil)
    }

    @Test func `a dead socket of another user stays`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("web.sock")
        do { try Socket.stream(.unix).bind(path: path, mode: 0o600) }
        guard (try? Files.setOwner(path, uid: 65534, gid: nil, of: .socket)) != nil else {
            return skipped("a dead socket of another user stays", because: "only root gives a file away")
        }
        #expect(SocketPath(path).trouble == .foreign(uid: 65534))
        #expect(throws: SystemError.self) { try SocketPath(path).clear() }
        SocketPath(path).remove()
        #expect(Files.kind(path) == .socket)
    }
}
