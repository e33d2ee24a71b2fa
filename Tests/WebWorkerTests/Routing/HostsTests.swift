import Testing

@testable import WebWorker

@Suite("Hosts that are answered for")
struct HostsTests {
    private let hosts = Hosts(
        served: ["www.foobar.com", "*.shop.foobar.com"], redirected: ["FooBar.com": "https://www.foobar.com"],
        unknown: .refuse)

    @Test(arguments: [
        ("www.foobar.com", HostTable.Verdict.serve(0)), ("WWW.FOOBAR.COM:8080", .serve(0)),
        ("www.foobar.com.", .serve(0)),
        ("www.foobar.com.:80", .serve(0)), ("a.shop.foobar.com", .serve(0)), ("a.b.shop.foobar.com", .serve(0)),
        ("shop.foobar.com", .refuse), ("foobar.com", .redirect(0)),
        ("foobar.com:443", .redirect(0)), ("evil.com", .refuse), ("", .refuse),
        ("[::1]:80", .refuse), ("[::1]", .refuse), ("xwww.foobar.com", .refuse),
    ])
    func verdict(_ host: String, _ verdict: HostTable.Verdict) {
        let bytes = Array(host.utf8)
        #expect(HostTable(hosts).verdict(0..<bytes.count, bytes.span) == verdict)
    }

    @Test("Where unknown hosts are served, only the redirected ones are not")
    func unknown() {
        var hosts = hosts
        hosts.unknown = .serve
        #expect(HostTable(hosts).verdict(0..<8, Array("evil.com".utf8).span) == .serve(0))
        #expect(HostTable(hosts).verdict(0..<10, Array("foobar.com".utf8).span) == .redirect(0))
        #expect(HostTable(hosts).target(0) == "https://www.foobar.com")
    }
}
