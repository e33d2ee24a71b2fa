internal import Handoff
internal import Linux

/// The process that keeps the lanes open when the master is killed: it holds a second descriptor of each, and does
/// nothing else.
///
/// Were a lane closed with the master, the connections in its queue would be reset and the indices of the others would
/// move. As long as somebody holds it, the kernel goes on steering as it was told, workers go on accepting, and the next
/// master takes the same sockets over.
///
/// Messages, one a packet, in the form of sd_notify: `STORE=name` with a descriptor, `FORGET=name`, `LIST=1` (answered by
/// `NAME=name` with its descriptor for each, in the order of storing, and `END=version`), `QUIT=1`. A message of another kind
/// is passed over.
///
/// A keeper outlives the program that started it, and so speaks to masters of later versions: LIST, its answer and QUIT
/// stay as they are for ever. A master that finds another ``version`` takes what is kept, and starts a keeper of its own.
package enum Keeper {
    /// The hidden verb; its arguments are the number of its listening socket and, for those who look at processes, the
    /// socket's path.
    package static let verb = "__keep"

    /// The socket's path in the words that a keeper was started with; nil: they are no keeper's.
    static func socket(named words: [String]) -> String? { words.count > 3 && words[1] == verb ? words[3] : nil }

    /// The name in `ps`, `ss` and the journal: 15 bytes at most.
    static let name = "deployd-keeper"

    /// The version of the messages, which changes when a master could misunderstand an older keeper.
    static let version = "1"

    /// Serves masters, one after the other, until one says QUIT.
    ///
    /// - Parameter service: the unit's name and the configuration's file, when it is a service's.
    package static func run(socketNumber: Int32, service: [String] = []) -> Never {
        ThisProcess.setName(name)
        var watch = ServiceWatch(service)
        Signal.ignorePipe()
        Signal.ignoreFileSizeLimit()
        // A terminal's Ctrl-C is meant for the master, which says QUIT when it is done.
        try? ThisProcess.newSession()
        let listener = Socket(adopting: FileDescriptor(owning: socketNumber))
        var kept = KeptDescriptors()
        while true {
            guard (try? Poll.readable(listener.number, timeout: watch.map { _ in ServiceWatch.interval })) == true
            else {
                watch?.look()
                continue
            }
            guard case .accepted(let master) = listener.accept() else {
                // Out of descriptors, or of memory: it would be told to accept again at once.
                _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(100))
                continue
            }
            guard let peer = try? PeerCredentials(behind: master), peer.uid == 0 || peer.uid == ThisProcess.uid else {
                continue
            }
            if serve(master, &kept) { ThisProcess.exit(0) }
        }
    }

    /// Serves one master: true if the keeper is to quit, false once this master is gone.
    private static func serve(_ master: borrowing Socket, _ kept: inout KeptDescriptors) -> Bool {
        while true {
            guard (try? Poll.readable(master.number, timeout: nil)) != nil,
                let message = try? master.receiveMessage(maxDescriptors: 1)
            else { return false }
            if message.bytes.isEmpty { return false }
            let fields = Fields(parsing: message.bytes)
            let descriptors = message.descriptors.map { FileDescriptorBox(FileDescriptor(owning: $0)) }
            if let name = fields["STORE"], let descriptor = descriptors.first { kept.store(descriptor, name) }
            if let name = fields["FORGET"] { kept.forget(name) }
            if fields["LIST"] != nil { list(kept, to: master) }
            if fields["QUIT"] != nil { return true }
        }
    }

    private static func list(_ kept: KeptDescriptors, to master: borrowing Socket) {
        for (name, descriptor) in kept.all {
            send(Fields([("NAME", name)]), [descriptor.number], master)
        }
        send(Fields([("END", version)]), [], master)
    }

    private static func send(_ fields: Fields, _ descriptors: [CInt], _ master: borrowing Socket) {
        while case .wouldBlock = try? master.sendMessage(fields.bytes, descriptors: descriptors) {
            guard (try? Poll.writable(master.number, timeout: .seconds(5))) == true else { return }
        }
    }
}

/// Descriptors in the order of storing.
struct KeptDescriptors {
    /// So many are kept: more than a process may have open by default, and far more than all generations of a site have lanes.
    var capacity = 65_536
    private(set) var all: [(name: String, descriptor: FileDescriptorBox)] = []

    /// Keeps a descriptor; one of the same name is let go. Beyond the capacity nothing more is kept.
    mutating func store(_ descriptor: FileDescriptorBox, _ name: String) {
        forget(name)
        if all.count < capacity { all.append((name, descriptor)) }
    }

    mutating func forget(_ name: String) { all.removeAll { $0.name == name } }
}
