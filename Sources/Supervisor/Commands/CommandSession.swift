internal import DeployCore
internal import Linux

/// A hook or a test, as the master holds it: its processes, and what they print.
final class CommandSession: ProcessSession {
    let output: CommandOutput

    /// Starts the launch step, which waits for its order.
    init(_ generation: GenerationNumber, output: CommandOutput, serial: UInt64) throws(SystemError) {
        self.output = output
        try super.init(generation, printingTo: output.fileNumber, serial: serial)
    }

    /// Takes over what is left of a command that an earlier master started; nil when nothing is.
    init?(
        adopting identity: ProcessIdentity, of generation: GenerationNumber, output path: String, serial: () -> UInt64
    ) {
        guard let output = try? CommandOutput(path, isNew: false) else { return nil }
        self.output = output
        super.init(adopting: identity, of: generation, serial: serial)
    }
}
