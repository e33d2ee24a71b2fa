import Linux
import Synchronization

/// The thread of a `ScriptedServer`.
struct ServerLoop: ~Copyable {
    private final class Peer {
        let socket: Socket
        var input: [UInt8] = []
        var requests = 0

        init(_ socket: consuming Socket) { self.socket = socket }
    }

    private static let listenerToken = UInt64.max
    private static let stopToken = UInt64.max - 1

    private let listener: Socket
    private let script: ScriptedServer.Script
    private let isUnix: Bool
    private var peers: [CInt: Peer] = [:]

    init(listener: consuming Socket, script: ScriptedServer.Script) {
        isUnix = (try? listener.localAddress().family) == .unix
        self.listener = listener
        self.script = script
    }

    mutating func run() throws(SystemError) {
        var epoll = try Epoll()
        try epoll.add(listener.number, .readable, token: Self.listenerToken)
        try epoll.add(script.stop.number, .readable, token: Self.stopToken)
        while true {
            let count = try epoll.wait(timeout: nil)
            for index in 0..<count {
                switch epoll.ready(index).token {
                case Self.stopToken: return
                case Self.listenerToken: try accept(epoll)
                case let token: try read(CInt(token))
                }
            }
        }
    }

    private mutating func accept(_ epoll: borrowing Epoll) throws(SystemError) {
        switch listener.accept() {
        case .accepted(let socket):
            let number = socket.number
            if !isUnix { try socket.set(.noDelay, to: true) }
            try epoll.add(number, .readable, token: UInt64(number))
            peers[number] = Peer(socket)
            try perform(script.onConnect, number)
        case .wouldBlock: return
        case .failed: return
        }
    }

    private mutating func read(_ number: CInt) throws(SystemError) {
        guard let peer = peers[number] else { return }
        var room = [UInt8](repeating: 0, count: 65_536)
        let transfer: Transfer
        do { transfer = try peer.socket.receive(into: &room) } catch { transfer = .bytes(0) }
        guard case .bytes(let count) = transfer else { return }
        if count == 0 {
            peers[number] = nil
            return
        }
        peer.input += room[..<count]
        while peers[number] != nil, let request = take(from: peer) {
            try perform(script.answer(request), number)
        }
    }

    private func take(from peer: Peer) -> ScriptedServer.Request? {
        let text = String(decoding: peer.input, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let head = String(parts[0])
        let lengthLine = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let length = lengthLine.flatMap { Int($0.dropFirst(16)) } ?? 0
        let end = head.utf8.count + 4 + length
        guard script.answersHead || peer.input.count >= end else { return nil }
        let body = String(parts[1].prefix(length))
        peer.input.removeFirst(min(end, peer.input.count))
        peer.requests += 1
        let number = script.requests.withLock { count in
            count += 1
            return count
        }
        return .init(number: number, onConnection: peer.requests, head: head, body: body)
    }

    private mutating func perform(_ acts: [ScriptedServer.Act], _ number: CInt) throws(SystemError) {
        for act in acts {
            guard let peer = peers[number] else { return }
            switch act {
            case .send(let text): _ = try? peer.socket.send(Array(text.utf8))
            case .endWriting: try peer.socket.shutdown(.write)
            case .close: peers[number] = nil
            case .reset:
                try peer.socket.setLinger(seconds: 0)
                peers[number] = nil
            }
        }
    }
}
