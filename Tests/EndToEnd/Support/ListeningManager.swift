import Linux
import TestSupport

/// Somebody who hears what a master tells its service manager, as systemd does.
struct ListeningManager {
    private let process: Child
    /// What a master has in its environment to be heard.
    let environment: [String]

    /// Begins to listen at a path in `directory`.
    init(in directory: TemporaryDirectory) throws {
        let source = """
            import socket, sys
            ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            ear.bind(sys.argv[1])
            print("listening", flush=True)
            while True: print(ear.recv(65536).decode(), flush=True)
            """
        let path = directory.path("notify")
        process = try Child(try Program.python(source, path))
        environment = ["NOTIFY_SOCKET=\(path)"]
        try process.wait(forOutput: "listening\n")
    }

    /// Waits until it has heard a status that ends so.
    func wait(
        forStatus words: String, upTo limit: Duration = .seconds(60), file: StaticString = #fileID, line: UInt = #line
    ) throws {
        try TestSupport.wait(for: "STATUS=…\(words)", upTo: limit, file: file, line: line) {
            process.output.split(separator: "\n").contains { $0.hasPrefix("STATUS=") && $0.hasSuffix(words) }
        }
    }
}
