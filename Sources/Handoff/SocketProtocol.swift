package import Linux

/// How a worker is told which listening sockets it inherited, beside systemd's `LISTEN_*`, which every worker gets.
///
/// The raw value is the word in the manifest.
package enum SocketProtocol: String, CaseIterable, Codable, Sendable {
    /// Nothing else: sd_listen_fds(3).
    case listenFds = "listen-fds"
    /// `EINHORN_*`. Source: einhorn, lib/einhorn/command.rb and worker.rb.
    case einhorn
    /// `SERVER_STARTER_PORT`. Source: Server::Starter, start_server.
    case serverStarter = "server-starter"
    /// `NGINX`. Source: nginx, ngx_add_inherited_sockets in src/core/nginx.c.
    case nginx
    /// `FPM_SOCKETS`. Source: php-src, sapi/fpm/fpm/fpm_sockets.c.
    case fpm
    /// The one listener is descriptor 0 as well: inetd's `wait` services, Java's System.inheritedChannel().
    case stdin

    /// A listening socket as a worker has it.
    package struct InheritedSocket: Equatable, Sendable {
        /// The listener's name.
        package let name: String
        /// The listener's address.
        package let address: SocketAddress
        /// The descriptor in the worker.
        package let descriptor: Int32

        /// A socket of the listener `name`.
        package init(name: String, address: SocketAddress, descriptor: Int32) {
            self.name = name
            self.address = address
            self.descriptor = descriptor
        }
    }

    /// What a protocol may want to know of a worker beside its sockets.
    package struct Recipient: Sendable {
        /// The generation's number, from 1.
        package let generation: Int
        /// The worker's place in its generation, from 1.
        package let slot: Int
        /// The pid of the master, which is the worker's parent.
        package let master: Int32
        /// The path of the stream socket where it says that it is up.
        package let acknowledgeSocket: String

        /// A worker of `generation` in `slot`.
        package init(generation: Int, slot: Int, master: Int32, acknowledgeSocket: String) {
            self.generation = generation
            self.slot = slot
            self.master = master
            self.acknowledgeSocket = acknowledgeSocket
        }
    }

    /// The signal that means "finish what you have, then exit" to those who speak this protocol.
    package var drainSignal: Signal {
        switch self {
        case .listenFds, .serverStarter, .stdin: .term
        case .einhorn: .usr2
        case .nginx, .fpm: .quit
        }
    }

    /// Whether those who speak this protocol accept without waiting for a connection first, and take "would block" for an
    /// error: php-fpm's processes end, Starlet's spin, Starman's sleep for a second. Source: php-src, main/fastcgi.c,
    /// fcgi_accept_request; Starlet, accept_loop; Net::Server::PreFork, accept.
    package var wantsBlocking: Bool { self == .fpm || self == .serverStarter }

    /// The variables that the protocol adds, with their values.
    package func variables(
        _ sockets: [InheritedSocket], for worker: Recipient
    ) -> [(name: String, value: String)] {
        switch self {
        case .listenFds, .stdin: []
        case .einhorn: Self.einhorn(sockets, worker)
        case .serverStarter:
            [
                ("SERVER_STARTER_PORT", sockets.map { "\($0.plainAddress)=\($0.descriptor)" }.joined(separator: ";")),
                ("SERVER_STARTER_GENERATION", "\(worker.generation)"),
            ]
        case .nginx: [("NGINX", sockets.map { "\($0.descriptor);" }.joined())]
        case .fpm: [("FPM_SOCKETS", sockets.map { "\($0.plainAddress)=\($0.descriptor)" }.joined(separator: ","))]
        }
    }

    private static func einhorn(
        _ sockets: [InheritedSocket], _ worker: Recipient
    ) -> [(name: String, value: String)] {
        var variables = [
            ("EINHORN_MASTER_PID", "\(worker.master)"), ("EINHORN_SOCK_PATH", worker.acknowledgeSocket),
            ("EINHORN_CHILD_INDEX", "\(worker.slot - 1)"), ("EINHORN_FD_COUNT", "\(sockets.count)"),
        ]
        variables += sockets.enumerated().map { ("EINHORN_FD_\($0)", "\($1.descriptor)") }
        // The form before einhorn 1.0, which some clients still read.
        variables.append(("EINHORN_FDS", sockets.map { "\($0.descriptor)" }.joined(separator: " ")))
        return variables
    }
}

extension SocketProtocol.InheritedSocket {
    /// The address as other supervisors write it: a unix socket is its bare path.
    fileprivate var plainAddress: String {
        if case .unix(let path) = address { path } else { address.description }
    }
}
