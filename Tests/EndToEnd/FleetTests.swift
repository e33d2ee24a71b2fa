import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// `deploy/fleet` in network namespaces, with a real HAProxy and a real Ansible.
    @Suite("Three hosts behind HAProxy")
    struct FleetTests {
        @Test("A rolling deploy loses no request, and a bad release is undone: on its first host, and on its last")
        func deploys() throws {
            for program in ["haproxy", "ansible-playbook", "socat", "ip", "unshare"] where Program.find(program) == nil
            {
                return skipped("FleetTests", because: "there is no \(program)")
            }
            guard try Child.run([try Program.path("unshare"), "--net", "true"]).status == .exited(code: 0) else {
                return skipped("FleetTests", because: "only root can make network namespaces")
            }
            try Benchmark.expect("fleet.sh", "1", "0")
        }
    }
}
