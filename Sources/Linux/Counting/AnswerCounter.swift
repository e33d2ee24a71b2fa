import Glibc

/// Counts in the kernel what comes to listeners of this machine, and what is answered: ``CountingProgram`` says what.
///
/// It owns maps and links; when the last descriptor of a link is closed, also by a kill, the kernel has forgotten its program.
/// A socket belongs to the control group in which its maker was when it made it, and a connection to that of its listener,
/// whoever accepts it: so the programs are attached where listeners are made, not where servers run. Source:
/// net/core/sock.c, `sk_clone_lock`; include/linux/cgroup.h, `cgroup_sk_clone`.
package final class AnswerCounter {
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
    package func count(_ listener: CInt, in slot: Int) throws(SystemError) {
        let record = CountingProgram.Connection.self
        var value = [UInt8](repeating: 0, count: record.byteCount)
        value.replaceSubrange(record.slot..<record.slot + 4, with: UInt32(slot).littleEndianBytes)
        try connections.set(listener.littleEndianBytes, to: value)
    }

    /// Counts nothing more on a listener, or on a connection.
    package func forget(_ socket: CInt) throws(SystemError) {
        try connections.remove(socket.littleEndianBytes)
    }

    /// Sets all numbers of a slot to zero.
    package func clear(_ slot: Int) throws(SystemError) {
        let zero = [UInt8](repeating: 0, count: CountingProgram.counterBytes)
        try counters.set(UInt32(slot).littleEndianBytes, to: zero)
    }

    /// The counters of a slot as they are now.
    package func counts(in slot: Int) throws(SystemError) -> AnswerCounts {
        let key = UInt32(slot).littleEndianBytes
        return AnswerCounts(try counters.value(of: key, bytes: CountingProgram.counterBytes) ?? [])
    }

    /// A connection from this address and port that has not asked anything yet is a probe's, until `dismiss`.
    package func admit(_ probe: SocketAddress) throws(SystemError) {
        guard let key = Self.endpoint(probe) else { return }
        try probes.set(key, to: [1])
    }

    /// Connections that come from there from now on are users' again.
    package func dismiss(_ probe: SocketAddress) throws(SystemError) {
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

    /// The version of the layout of its maps and of the rules of its programs: another version's are not understood.
    package static let version = 1

    /// Its descriptors, lent, in an order that stays the same: whoever has all of them goes on with it.
    package var descriptors: [CInt] {
        [connections.number, counters.number, probes.number, incoming.number, outgoing.number]
    }

    /// Goes on with the descriptors of a counter of this version, by their places in `descriptors`; nil where one is missing.
    /// What `take` gave is closed then.
    package init?(taking take: (Int) -> FileDescriptor?) {
        guard let connections = take(0), let counters = take(1), let probes = take(2), let incoming = take(3),
            let outgoing = take(4)
        else { return nil }
        self.connections = KernelMap(adopting: connections)
        self.counters = KernelMap(adopting: counters)
        self.probes = KernelMap(adopting: probes)
        self.incoming = incoming
        self.outgoing = outgoing
    }
}
