import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Deploys under load")
    struct LoadTests {
        /// How many deploys each load sees. Benchmarks/deploys.sh has the full measure.
        private static let deploys = 10

        @Test("No request fails in ten deploys in turn", arguments: Load.Mode.allCases)
        func deploys(_ mode: Load.Mode) throws {
            let server = try Server()
            let address = try server.address()
            let extra = mode == .close ? ["--monotonic", "--allow-cycle"] : []
            let load = try Load(mode, at: address, extra: extra)
            for number in 1...Self.deploys { try server.deploy(number % 2 == 1 ? "v2" : "v1") }
            let report = try load.end()
            report.expectPerfect("\(mode) over \(Self.deploys) deploys")
            if mode == .close {
                let expected = (0...Self.deploys).map { $0 % 2 == 0 ? "v1" : "v2" }
                #expect(report.epochs == expected)
            }
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("What one client sees never goes back to a release that was replaced")
        func neverGoesBack() throws {
            let server = try Server()
            let load = try Load(
                .close, at: try server.address(), connections: 1, extra: ["--monotonic"])
            try server.deploy("v2")
            let report = try load.end()
            report.expectPerfect("one client")
            #expect(report.epochs.count == 2)
            try server.finish()
        }
    }
}
