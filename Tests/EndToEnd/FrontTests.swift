import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// `deploy/nginx` in a real nginx.
    @Suite("nginx with TLS and HTTP/2 before deployd")
    struct FrontTests {
        @Test("Deploys lose no request over HTTP/2 and HTTP/1.1, a reload is survived, and so is the client's address")
        func deploys() throws {
            for program in ["nginx", "h2load", "openssl", "curl"] where Program.find(program) == nil {
                return skipped("FrontTests", because: "there is no \(program)")
            }
            try Benchmark.expect("tls-front.sh", "3", "1")
        }
    }
}
