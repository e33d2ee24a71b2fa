import Linux
import TestSupport
import Testing

/// A server in a process and a control group of its own, which knows nothing of being counted.
@Suite struct CountedServerTests {
    /// Serves the listener on descriptor 3. Before each answer it asks another server, which answers 503.
    private static let server = """
        import http.client, http.server, os, socket, sys, threading
        if sys.argv[1]:
            open(sys.argv[1] + "/cgroup.procs", "w").write("0")
        class Behind(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(503)
                self.end_headers()
            def log_message(self, *words): pass
        behind = http.server.HTTPServer(("127.0.0.1", 0), Behind)
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        class Front(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                asked = http.client.HTTPConnection(*behind.server_address)
                asked.request("GET", "/")
                assert asked.getresponse().status == 503
                asked.close()
                body = b"HTTP/1.1 500 is no status here" * 5000
                self.send_response(int(self.path[1:]))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *words): pass
        lane = socket.socket(fileno=3)
        lane.setblocking(True)
        if sys.argv[2] == "deferred":
            lane.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 5)
        front = http.server.ThreadingHTTPServer(lane.getsockname(), Front, bind_and_activate=False)
        front.socket = lane
        print("serves", flush=True)
        front.serve_forever()
        """

    /// Asks for statuses on kept connections, so many of them, and says how long each took, at the most, in microseconds.
    private static let client = """
        import http.client, sys, time
        port, connections = int(sys.argv[1]), int(sys.argv[2])
        for _ in range(connections):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for status in sys.argv[3:]:
                connection.request("GET", "/" + status)
                answer = connection.getresponse()
                assert str(answer.status) == status
                answer.read()
            connection.close()
        """

    @Test(arguments: ["plain", "deferred"])
    func `its answers are counted as they come, and what it asks of others is not`(mode: String) throws {
        let lane = try CountedLane()
        let group = try Self.group()
        defer { _ = try? wait(for: "the group to be empty", until: { (try? group?.remove()) != nil }) }
        let server = try Child(
            try Program.python(Self.server, group?.path ?? "", mode),
            descriptors: [(lane.lane.socket.number, 3)])
        try server.wait(forOutput: "serves")
        let statuses = ["200", "500", "404", "200", "503", "302", "501", "200", "200", "500"]
        let asked = try Child.run(
            try Program.python(Self.client, "\(lane.address.port ?? 0)", "20") + statuses)
        #expect(asked.status == .exited(code: 0), "\(asked.errors)")
        #expect(try lane.classes == [0, 80, 20, 40, 60])
        let counts = try lane.counts
        #expect(counts.requests == 200 && counts.connections == 20 && counts.inFlight == 0)
        // Where a listener waits for the first bytes, the first request on a connection comes before there is one.
        #expect(counts.latency.reduce(0, +) == (mode == "deferred" ? 180 : 200))
        try server.send(.kill)
        _ = try server.wait()
    }

    /// A group for the server; nil where none can be made.
    private static func group() throws -> ControlGroup? {
        let group = ControlGroup.own()?.child("deployd-test-counting-\(ThisProcess.pid)-\(UInt32.random(in: 0...9999))")
        do { try group?.make() } catch {
            skipped("a server in a control group of its own", because: "\(error)")
            return nil
        }
        return group
    }
}
