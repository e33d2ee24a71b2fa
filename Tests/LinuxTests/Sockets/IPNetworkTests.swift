import Linux
import Testing

@Suite("Networks")
struct IPNetworkTests {
    @Test(
        "are read and written",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/32", "192.0.2.7"), ("10.1.2.3/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"), ("::1", "::1"), ("2001:db8:1:2::3/47", "2001:db8::/47"),
            ("2001:db8::ffff/127", "2001:db8::fffe/127"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::/0", "::/0"),
        ])
    func texts(text: String, canonical: String) throws {
        let network = try #require(IPNetwork(text))
        #expect("\(network)" == canonical)
        #expect(IPNetwork(canonical) == network)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", " ", "10", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/ 8", "::/129", "localhost",
            "1.2.3.4:80",
            "[::1]", "10.0.0.0/8/8", "1.2.3.4 ",
        ])
    func none(text: String) { #expect(IPNetwork(text) == nil) }

    @Test("have the addresses that begin alike, IPv4 in either form, and no others")
    func contains() throws {
        let office = try #require(IPNetwork("10.2.0.0/15"))
        for (text, isIn) in [("10.2.0.1", true), ("10.3.255.255", true), ("10.4.0.0", false), ("10.1.255.255", false)] {
            let address = try #require(IPv4Address(text))
            #expect(office.contains(.v4(address, port: 80)) == isIn, "\(text)")
            let mapped = IPv6Address(high: 0, low: 0xffff_0000_0000 | UInt64(address.number))
            #expect(office.contains(.v6(mapped, port: 80, scope: 0)) == isIn, "\(text)")
        }
        let lab = try #require(IPNetwork("2001:db8:8000::/33"))
        #expect(lab.contains(.v6(try #require(IPv6Address("2001:db8:8001::1")), port: 1, scope: 0)))
        #expect(!lab.contains(.v6(try #require(IPv6Address("2001:db8::1")), port: 1, scope: 0)))
        #expect(!lab.contains(.v4(.loopback, port: 1)) && !office.contains(.unnamed))
    }
}
