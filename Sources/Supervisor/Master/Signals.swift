internal import Linux

extension SignalDescriptor {
    /// What has come. Who is told to leave does so, whatever was sent behind that: systemd sends SIGTERM too.
    func received() -> [Received] {
        var all: [Received] = []
        while let received = try? read() { all.append(received) }
        return all.first { $0.signal == .usr1 }.map { [$0] } ?? all
    }
}

extension SignalDescriptor.Received {
    /// The signal, and who sent it. The terminal is the kernel, which has no pid; neither has a process that cannot be seen
    /// from within a container.
    var inWords: String {
        guard pid == 0 else { return "\(signal) from process \(pid)" }
        return signal == .int ? "Ctrl-C" : "\(signal)"
    }
}
