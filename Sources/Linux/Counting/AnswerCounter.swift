import Glibc

/// Counts in the kernel what comes to listeners of this machine, and what is answered: ``CountingProgram`` says what.
///
/// It owns maps and links; when the last descriptor of a link is closed, also by a kill, the kernel has forgotten its program.
/// A socket belongs to the control group in which its maker was when it made it, and a connection to that of its listener,
/// whoever accepts it: so the programs are attached where listeners are made, not where servers run. Source:
/// net/core/sock.c, `sk_clone_lock`; include/linux/cgroup.h, `cgroup_sk_clone`.
package struct AnswerCounter: ~Copyable {
    /// So many kinds of listeners are told apart.
    package static let slots = 64
    /// More probes are not under way at a time; what is beyond counts as a user.
    private static let mostProbes = 1024

    private let connections: KernelMap
    private let counters: KernelMap
    private let probes: KernelMap
    private let incoming: FileDescriptor
    private let outgoing: FileDescriptor

    /// Attaches the programs to a control group, for as long as this lives or somebody has its descriptors.
    package init(at group: ControlGroup) throws(SystemError) {
        let connections = try KernelMap.socketStorage(bytes: CountingProgram.Connection.byteCount)
        let counters = try KernelMap.array(of: Self.slots, bytes: CountingProgram.counterBytes)
        let probes = try KernelMap.table(of: Self.mostProbes, keyBytes: CountingProgram.endpointBytes, bytes: 1)
        let maps = CountingProgram.Maps(
            connections: connections.number, counters: counters.number, probes: probes.number)
        let incoming = try KernelProgram.attach(CountingProgram(direction: .requests, maps: maps), to: group)
        let outgoing = try KernelProgram.attach(CountingProgram(direction: .answers, maps: maps), to: group)
        self.connections = connections
        self.counters = counters
        self.probes = probes
        self.incoming = incoming
        self.outgoing = outgoing
    }

    /// Counts what comes out of a listener from now on in a slot. A slot that it had before is forgotten.
    package borrowing func count(_ listener: CInt, in slot: Int) throws(SystemError) {
        let record = CountingProgram.Connection.self
        var value = [UInt8](repeating: 0, count: record.byteCount)
        value.replaceSubrange(record.slot..<record.slot + 4, with: UInt32(slot).littleEndianBytes)
        try connections.set(listener.littleEndianBytes, to: value)
    }

    /// Counts nothing more on a listener, or on a connection.
    package borrowing func forget(_ socket: CInt) throws(SystemError) {
        try connections.remove(socket.littleEndianBytes)
    }

    /// Sets all numbers of a slot to zero.
    package borrowing func clear(_ slot: Int) throws(SystemError) {
        let zero = [UInt8](repeating: 0, count: CountingProgram.counterBytes)
        try counters.set(UInt32(slot).littleEndianBytes, to: zero)
    }

    /// The counters of a slot as they are now.
    package borrowing func counts(in slot: Int) throws(SystemError) -> AnswerCounts {
        let key = UInt32(slot).littleEndianBytes
        return AnswerCounts(try counters.value(of: key, bytes: CountingProgram.counterBytes) ?? [])
    }

    /// A connection from this address and port that has not asked anything yet is a probe's, until `dismiss`.
    package borrowing func admit(_ probe: SocketAddress) throws(SystemError) {
        guard let key = Self.endpoint(probe) else { return }
        try probes.set(key, to: [1])
    }

    /// Connections that come from there from now on are users' again.
    package borrowing func dismiss(_ probe: SocketAddress) throws(SystemError) {
        guard let key = Self.endpoint(probe) else { return }
        try probes.remove(key)
    }

    /// The key of an endpoint; nil for one of a unix socket.
    private static func endpoint(_ address: SocketAddress) -> [UInt8]? {
        let (host, port): ([UInt8], UInt16)
        switch address.unmapped {
        case .v4(let address, let number): (host, port) = (address.number.bigEndian.littleEndianBytes, number)
        case .v6(let address, let number, _):
            host = address.high.bigEndian.littleEndianBytes + address.low.bigEndian.littleEndianBytes
            port = number
        case .unix, .abstract, .unnamed: return nil
        }
        var key = [UInt8](repeating: 0, count: CountingProgram.endpointBytes)
        key.replaceSubrange(0..<host.count, with: host)
        key.replaceSubrange(16..<18, with: port.bigEndian.littleEndianBytes)
        return key
    }
}

// How it survives an exec.
extension AnswerCounter {
    /// The names also say which layout the content has: another version's is not understood.
    private static let names = ["connections", "counters", "probes", "incoming", "outgoing"].map { "\($0)-1" }

    /// Its descriptors, lent, each with a name.
    package var descriptors: [(name: String, number: CInt)] {
        let numbers = [connections.number, counters.number, probes.number, incoming.number, outgoing.number]
        return Array(zip(Self.names, numbers))
    }

    /// Goes on with the descriptors of an earlier image of this process; nil where one is missing. `take` gives them by name,
    /// and what it gave is closed then.
    package init?(taking take: (String) -> FileDescriptor?) {
        guard let connections = take(Self.names[0]), let counters = take(Self.names[1]),
            let probes = take(Self.names[2]),
            let incoming = take(Self.names[3]), let outgoing = take(Self.names[4])
        else { return nil }
        self.connections = KernelMap(adopting: connections)
        self.counters = KernelMap(adopting: counters)
        self.probes = KernelMap(adopting: probes)
        self.incoming = incoming
        self.outgoing = outgoing
    }
}
