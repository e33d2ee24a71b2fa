import FoundationEssentials
import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What the visitors of the guest book say at their end.
    private struct Visit: Decodable {
        let requests: Int
        let acknowledged: [String]
        let failures: [String]
        let versions: [String]
        /// How often the site said that its database is away.
        let away: Int
    }

    @Suite("The site of the textbooks: web server, php-fpm, database")
    struct LampTests {
        /// The site with its two releases, and one whose php-fpm cannot start, with `lamp-v1` in service. Nil, and said
        /// aloud, where PHP is missing.
        private func server() throws -> Server? {
            guard Program.find("php-fpm8.2") != nil, let php = Program.find("php8.2"),
                try Child.run([php, "-m"]).output.contains("pdo_sqlite")
            else {
                skipped("LampTests", because: "there is no php-fpm8.2, php8.2 or php8.2-sqlite3")
                return nil
            }
            let server = try Server(
                workers: 2,
                releases: { releases in
                    for name in ["lamp-v1", "lamp-v2", "broken"] {
                        let source = name == "broken" ? "lamp-v2" : name
                        try Repository.copy(
                            "\(Repository.path)/releases/\(source)", to: releases.directory.path("releases/\(name)"))
                    }
                    try releases.directory.write(
                        "releases/broken/php-fpm.conf", "[www]\nlisten = ${DEPLOYD_SOCKET}\npm = no\n")
                })
            try server.deploy("lamp-v1")
            try server.waitUntilDrained()
            return server
        }

        /// How often each token is in the database.
        private func tokens(_ server: Server) throws -> [String: Int] {
            let script =
                "foreach ((new PDO('sqlite:\(server.directory.path("data/site.sqlite"))'))"
                + "->query('SELECT token FROM entries') as $row) echo $row['token'], PHP_EOL;"
            let finished = try Child.run([try Program.path("php8.2"), "-r", script])
            #expect(finished.status == .exited(code: 0), "\(finished.errors)")
            return finished.output.split(separator: "\n").reduce(into: [:]) { $0[String($1), default: 0] += 1 }
        }

        @Test(
            "Deploys back and forth with a migration, a broken one, and a killed php-fpm: nothing fails and nothing is lost"
        )
        func deploys() throws {
            guard let server = try server() else { return }
            let visitors = try Child([Repository.fixture("visitor"), try server.address(), "4"])
            for number in 1...6 { try server.deploy(number % 2 == 1 ? "lamp-v2" : "lamp-v1") }
            let broken = try server.deployd("deploy", "broken")
            #expect(broken.status == .exited(code: 1), "\(broken.output)")
            #expect(try server.get("/version") == "lamp-v1\n")
            _ = try visitors.send(.int)
            #expect(try visitors.wait(upTo: .seconds(60)) == .exited(code: 0), "\(visitors.errors)")
            let visit = try JSONDecoder().decode(Visit.self, from: Data(visitors.output.utf8))
            #expect(visit.failures == [] && visit.away == 0, "of \(visit.requests) requests")
            #expect(visit.versions.contains("lamp-v2"), "\(visit.versions)")
            let tokens = try tokens(server)
            #expect(!visit.acknowledged.isEmpty && visit.acknowledged.allSatisfy { tokens[$0] == 1 })
            #expect(tokens.count == visit.acknowledged.count, "nothing is in the database that nobody heard of")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("On MariaDB: deploys, a broken one, a killed database and a killed php-fpm lose no entry and no session")
        func onMariaDB() throws {
            for program in ["mariadbd", "mariadb-install-db", "mariadb", "php-fpm8.2", "php8.2"]
            where Program.find(program) == nil {
                return skipped("LampTests.onMariaDB", because: "there is no \(program)")
            }
            guard try Child.run([try Program.path("php8.2"), "-m"]).output.contains("pdo_mysql") else {
                return skipped("LampTests.onMariaDB", because: "there is no php8.2-mysql")
            }
            try Benchmark.expect("lamp.sh", "2", "4")
        }

        @Test("A php-fpm master that is killed takes with it what its processes had in hand, and nothing else")
        func killed() throws {
            guard let server = try server() else { return }
            let report = try server.status()
            let serving = try #require(report.generations.first { $0.number == report.serving })
            let fpm = try #require(serving.workers.first { $0.process == "php" }?.pid)
            _ = try ProcessDescriptor(pid: Int32(fpm)).send(.kill)
            try wait(for: "another php-fpm", upTo: .seconds(60)) {
                let now = try server.status().generations.first { $0.number == report.serving }
                return now?.workers.contains { $0.process == "php" && $0.pid != nil && $0.pid != fpm } ?? false
            }
            #expect(try server.get("/version") == "lamp-v1\n")
            try server.finish()
        }
    }
}
