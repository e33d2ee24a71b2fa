import Linux
import TestSupport
import Testing

@Suite("Steering without privilege")
struct UnprivilegedSteeringTests {
    /// Two lanes and 200 connects in a process of its own, with the very instructions that `attach` would give.
    private static let script = """
        import ctypes, os, socket, struct, sys
        def lane(port=0):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            s.bind(("127.0.0.1", port))
            s.listen(500)
            s.setblocking(False)
            return s
        first = lane()
        lanes = [first, lane(first.getsockname()[1])]
        def queued(s):
            count = 0
            try:
                while True:
                    s.accept()
                    count += 1
            except BlockingIOError:
                return count
        print(os.getuid(), open("/proc/self/status").read().split("CapEff:")[1].split()[0])
        for text in sys.argv[1:]:
            code = bytes.fromhex(text)
            room = ctypes.create_string_buffer(code, len(code))
            program = struct.pack("HL", len(code) // 8, ctypes.addressof(room))
            first.setsockopt(socket.SOL_SOCKET, 51, program)
            for _ in range(200):
                socket.create_connection(first.getsockname()).close()
            print([queued(s) for s in lanes], flush=True)
        """

    private func hexadecimal(_ program: SteeringProgram) -> String {
        program.machineCode.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test("A user without any capability steers its own sockets")
    func nobody() throws {
        let rule = SteeringProgram.Rule(source: .v4(.loopback, port: 1), destination: .v4(.loopback, port: 0), index: 0)
        let programs = [
            SteeringProgram(base: .constant(index: 1)), SteeringProgram(base: .constant(index: 0), rules: [rule]),
            SteeringProgram(base: .weighted(index: 1, share: 10_000, others: 0)),
        ]
        let python = [try Program.path("python3"), "-c", Self.script] + programs.map(hexadecimal)
        let asNobody = [
            "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all",
            "--bounding-set=-all", "--",
        ]
        let done = try Child.run(ThisProcess.uid == 0 ? asNobody + python : python)
        #expect(done.status == .exited(code: 0), "\(done.errors)")
        let uid = ThisProcess.uid == 0 ? 65534 : ThisProcess.uid
        #expect(done.output == "\(uid) 0000000000000000\n[0, 200]\n[200, 0]\n[0, 200]\n")
    }
}
