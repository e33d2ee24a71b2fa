internal import DeployCore
internal import Handoff
internal import Linux
internal import TLS

/// One HTTP request to a generation's own lane, in the background of the master's loop.
///
/// Its source address and port are bound first, so that steering can be told of exactly this connection before it is
/// made: it enters the new lane while every other connection goes elsewhere.
final class Probe {
    enum Step: Equatable {
        case wait
        case succeeded
        case failed(ProbeFailure)
    }

    let generation: GenerationNumber
    let deadline: Instant
    /// The listener that is told of it.
    let listener: any Listener
    /// As which descriptor the workers have the lane.
    private let descriptor: CInt
    private let limit: Duration
    private let socket: Socket
    private let target: SocketAddress
    /// The request in words: "GET / at 127.0.0.1:8080".
    private let question: String
    private let request: ProbeRequest
    private var unsent: [UInt8]
    private var answer = ProbeAnswer()
    private var isConnected = false
    /// The TLS end of the connection; nil: the listener speaks none.
    private let secure: TLSClient?
    /// The status of its answer; nil: there is none.
    private(set) var status: Int?
    /// Bytes sent and received.
    private(set) var bytes = 0

    /// The descriptor's number, lent, for epoll.
    var number: CInt { socket.number }

    /// Prepares a probe of the generation's lane of a listener, which the workers have as `descriptor`; for TCP `source` is
    /// where the connection will come from.
    init(
        of generation: GenerationNumber, over listener: any Listener, _ descriptor: CInt, _ request: ProbeRequest,
        within limit: Duration
    ) throws(SystemError) {
        self.generation = generation
        self.listener = listener
        self.descriptor = descriptor
        self.request = request
        self.limit = limit
        deadline = EventLoop.now() + limit
        // The address that users know: a generation's own unix socket has another.
        let known = listener.setting.address
        target = listener.probeTarget(of: generation) ?? known
        secure = try request.isSecure ? Self.client(for: request) : nil
        unsent = request.isSecure ? [] : request.bytes
        question =
            "GET \(request.path) at \(request.isSecure ? "https://" : "")\(target.family == .unix ? known : target)"
        socket = try Socket.stream(target.family)
        // The listener's own address is one of this machine's, so a connection may also come from it.
        if target.family != .unix { try socket.bind(target.withPort(0)) }
    }

    /// The connection's client end; known before it is made.
    func source() throws(SystemError) -> SocketAddress { try socket.localAddress() }

    func start() throws(SystemError) { _ = try socket.connect(target) }

    /// The events to wait for: at first both, since a connect may end at once.
    var interest: Epoll.Interest { unsent.isEmpty ? .readable : .writable }

    /// Goes on as far as the socket lets it.
    func advance() -> Step {
        do {
            if !isConnected {
                if let errno = try socket.takeError() {
                    return .failed(ProbeFailure("\(question): no connection: \(errno)"))
                }
                isConnected = true
            }
            try goOn()
            while !unsent.isEmpty {
                guard case .bytes(let count) = try socket.send(unsent) else { return .wait }
                unsent.removeFirst(count)
                bytes += count
            }
            return try read()
        } catch let error as TLSClientError {
            let advice = error.reason == Self.noTLS ? "; \(SecureCheck.wayOut)" : ""
            return .failed(
                ProbeFailure("\(question): no TLS: \(error.reason)\(advice)", isDefinite: error.reason == Self.noTLS))
        } catch let error as SystemError {
            return .failed(ProbeFailure("\(question): \(error.call): \(error.errno)"))
        } catch { return .failed(ProbeFailure("\(question): \(error)")) }
    }

    /// Goes on with the handshake, and asks when it is done.
    private func goOn() throws {
        guard let secure, !secure.isEstablished else { return }
        if try secure.handshake() { try secure.write(request.bytes) }
        unsent += secure.take()
    }

    private func read() throws -> Step {
        var room = [UInt8](repeating: 0, count: 16384)
        while true {
            guard case .bytes(let count) = try socket.receive(into: &room) else { return .wait }
            bytes += count
            let step = try secure == nil ? heard(room.prefix(count), isAtEnd: count == 0) : opened(room.prefix(count))
            if let step { return step }
            // What the handshake has to say next.
            if !unsent.isEmpty { return .wait }
        }
    }

    /// Takes up what came over TLS; nil: it goes on.
    private func opened(_ part: ArraySlice<UInt8>) throws -> Step? {
        guard let secure else { return nil }
        secure.feed(Array(part))
        try goOn()
        guard secure.isEstablished else {
            return part.isEmpty ? .failed(ProbeFailure("\(question): the connection was closed in the handshake")) : nil
        }
        let plain = try secure.read()
        return heard(plain.bytes[...], isAtEnd: plain.isAtEnd || part.isEmpty)
    }

    /// Takes up a part of the answer; nil: it goes on.
    private func heard(_ part: ArraySlice<UInt8>, isAtEnd: Bool) -> Step? {
        guard !part.isEmpty || isAtEnd else { return nil }
        let reading = answer.append(part, atEnd: isAtEnd)
        switch reading {
        case .incomplete: return nil
        case .complete(let status):
            self.status = status
            if request.status.contains(status) { return .succeeded }
            let gist = answer.gist.map { ": \($0)" } ?? ""
            return failed(" answered \(status), expected \(request.status)\(gist)", by: reading)
        case .malformed(let what): return failed(": expected an HTTP answer, found \(what)", by: reading)
        }
    }

    private static func client(for request: ProbeRequest) throws(SystemError) -> TLSClient {
        guard let library = try? TLSLibrary.open(), let client = TLSClient(host: request.serverName, library) else {
            throw SystemError(call: "dlopen", errno: .notFound, subject: "libssl.so.3")
        }
        return client
    }

    /// What OpenSSL says of a server that speaks something else.
    private static let noTLS = "wrong version number"

    private func failed(_ what: String, by reading: ProbeAnswer.Reading) -> Step {
        .failed(ProbeFailure("\(question)\(what)", isDefinite: reading.isDefinite))
    }

    /// The failure of a probe whose time is up.
    func outOfTime() -> ProbeFailure {
        let limit = limit.text
        guard isConnected else { return ProbeFailure("\(question): no connection within \(limit)") }
        // It may still wait in its lane.
        guard let lane = listener.lane(of: generation), lane.acceptQueue > 0 else {
            if let secure, !secure.isEstablished {
                let why = "no TLS: the handshake was not answered within \(limit), as by a program that speaks none"
                return ProbeFailure("\(question): \(why); \(SecureCheck.wayOut)")
            }
            return ProbeFailure("\(question): no answer within \(limit)")
        }
        return ProbeFailure(
            "\(question): nobody accepted on descriptor \(descriptor) within \(limit); \(Self.portHint)")
    }

    /// Advice for a program that does not accept on the descriptors that it gets.
    static let portHint = "for a program that opens its own port: `deployd init --server port DIR`"
}

/// The request of a probe, and the good answers.
struct ProbeRequest: Equatable, Sendable {
    var path: String
    var host: String
    var status: StatusSet
    /// It goes over TLS.
    var isSecure = false
    /// The host to ask for by SNI; nil: none, and it gets the default certificate.
    var serverName: String?

    /// The request as it is sent.
    var bytes: [UInt8] {
        // (WebWorker tells it by these fields, in this order.)
        let agent = "\(ProbeMark.userAgent)"
        return Array(
            "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: \(agent)\r\nConnection: close\r\n\r\n".utf8)
    }
}
