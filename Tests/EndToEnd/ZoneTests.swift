import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// `deploy/dns` in a real name server: nsd, asked by dig.
    @Suite("The zone of the site")
    struct ZoneTests {
        /// nsd on a loopback address of its own, as the user who runs the tests, with all that it writes in a temporary
        /// directory. It ends when the reference goes.
        private final class NameServer {
            let directory: TemporaryDirectory
            private let nsd: Child
            /// So many that no two runs meet.
            private let address = "127.\((1...3).map { _ in "\(Int.random(in: 1...254))" }.joined(separator: "."))"

            init(zone: String = "foobar.com.zone") throws {
                directory = try TemporaryDirectory()
                try Repository.copy("\(Repository.path)/deploy/dns/\(zone)", to: directory.path("foobar.com.zone"))
                try directory.write(
                    "nsd.conf",
                    """
                    server:
                        ip-address: \(address)@5300
                        username: ""
                        chroot: ""
                        zonesdir: "\(directory.path)"
                        pidfile: ""
                        zonelistfile: "\(directory.path("zone.list"))"
                        xfrdfile: "\(directory.path("xfrd.state"))"
                        xfrdir: "\(directory.path)"
                        server-count: 1
                    remote-control:
                        control-enable: no
                    include: "\(Repository.path)/deploy/dns/nsd.conf"

                    """)
                nsd = try Child([try Program.path("nsd"), "-d", "-c", directory.path("nsd.conf")])
                try wait(for: "the name server to answer", upTo: .seconds(60)) {
                    if let ended = try nsd.status() { throw StartFailed(description: "nsd \(ended): \(nsd.errors)") }
                    return try dig("foobar.com", "SOA").contains("status: NOERROR")
                }
            }

            // In good order, so that its children end with it.
            deinit {
                _ = try? nsd.send(.term)
                _ = try? nsd.wait()
            }

            /// What dig shows of an answer, spaces made one.
            func dig(_ name: String, _ type: String, _ further: String...) throws -> String {
                let finished = try Child.run(
                    [try Program.path("dig"), "@\(address)", "-p", "5300", "+norecurse", "+time=2", "+tries=1"]
                        + further + [name, type])
                let lines = finished.output.split(separator: "\n").map {
                    $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
                }
                return lines.joined(separator: "\n")
            }

            /// What answers a question, without the rest.
            func answer(_ name: String, _ type: String, _ further: String = "+notcp") throws -> [String] {
                try dig(name, type, "+noall", "+answer", further).split(separator: "\n").map(String.init)
            }
        }

        private func nameServer() throws -> NameServer? {
            for program in ["nsd", "nsd-checkzone", "dig"] where Program.find(program) == nil {
                skipped("ZoneTests", because: "there is no \(program)")
                return nil
            }
            return try NameServer()
        }

        @Test("both names lead to the server, over UDP and TCP", arguments: ["+notcp", "+tcp"])
        func names(transport: String) throws {
            guard let server = try nameServer() else { return }
            let address = "foobar.com. 300 IN A 8.8.8.8"
            #expect(try server.answer("foobar.com", "A", transport) == [address])
            let www = try server.answer("www.foobar.com", "A", transport)
            #expect(www == ["www.foobar.com. 300 IN CNAME foobar.com.", address])
        }

        @Test("the name servers are told with their addresses, and an unknown name is refused for five minutes")
        func servers() throws {
            guard let server = try nameServer() else { return }
            let names = try server.dig("foobar.com", "NS")
            #expect(names.contains(" aa"), "it speaks for the zone: \(names)")
            for (name, address) in [("ns1", "8.8.8.8"), ("ns2", "192.0.2.53")] {
                #expect(names.contains("foobar.com. 3600 IN NS \(name).foobar.com."), "\(names)")
                #expect(names.contains("\(name).foobar.com. 3600 IN A \(address)"), "\(names)")
            }
            let nobody = try server.dig("nobody.foobar.com", "A")
            #expect(nobody.contains("status: NXDOMAIN"), "\(nobody)")
            #expect(nobody.contains("foobar.com. 300 IN SOA ns1.foobar.com. hostmaster.foobar.com."), "\(nobody)")
        }

        @Test("the commands of its page put another address everywhere, and nothing is wrong with the zone then")
        func page() throws {
            guard let server = try nameServer() else { return }
            let page = String(decoding: try Files.read("\(Repository.path)/deploy/dns/README.md"), as: UTF8.self)
            let commands = try #require(page.matches(of: /\n```\n((?s).*?)\n```/).first).1
            let finished = try Child.run([
                try Program.path("bash"), "-e", "-c", "cd \(server.directory.path)\n\(commands)",
            ])
            #expect(finished.status == .exited(code: 0), "\(finished.output)\(finished.errors)")
            #expect(finished.output.contains("zone foobar.com is ok"), "\(finished.output)")
            let zone = String(decoding: try Files.read(server.directory.path("foobar.com.zone")), as: UTF8.self)
            let records = zone.split(separator: "\n").filter { !$0.hasPrefix(";") }
            #expect(records.count { $0.hasSuffix("A       203.0.113.7") } == 2, "\(zone)")
            #expect(records.contains { $0.contains("2026112201") } && !records.contains { $0.contains("8.8.8.8") })
        }
    }
}
