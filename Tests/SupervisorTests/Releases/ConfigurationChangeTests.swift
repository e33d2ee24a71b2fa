import Testing

@testable import Supervisor

@Suite("Changes of the configuration")
struct ConfigurationChangeTests {
    private func configuration(_ text: String) -> Configuration {
        let reading = Configuration.read(
            Array(text.utf8), file: "/srv/deployd.json", surroundings: Surroundings(workingDirectory: "/"))
        #expect(reading.problems == [])
        return reading.value
    }

    private func changes(_ old: String, _ new: String) -> [String] {
        configuration(old).changes(to: configuration(new)).map(\.description)
    }

    @Test("There is none where the values are the same, however they are written")
    func none() {
        #expect(changes("{ policies: { killGrace: '2s' } }", "{ policies: { killGrace: '2000ms' } }") == [])
        #expect(changes("{}", "{ listen: ['127.0.0.1:8080'] }") == [])
    }

    @Test("What was scaled goes before the file: no restart applies its number of workers")
    func scaled() throws {
        let changes = configuration("{ workers: 2 }").changes(to: configuration("{ workers: 4, umask: '027' }"))
        for restarts in [false, true] {
            let line = try #require(changes.first { $0.key == "workers" }).line(restarts: restarts, scaled: 3)
            #expect(line.hasPrefix("workers: 2 → 4, but it was scaled to 3, "), "\(line)")
            #expect(!line.contains("`deployd restart`") && line.hasSuffix("`deployd scale N` sets another number now"))
            let other = try #require(changes.first { $0.key == "umask" })
            #expect(other.line(restarts: restarts, scaled: 3) == other.line(restarts: restarts))
        }
    }

    @Test(
        "Each key is told with both values and with when it counts",
        arguments: [
            ("{ workers: 2 }", "{ workers: 'auto' }", "workers: 2 → \"auto\"", ConfigurationChange.Moment.nextStart),
            ("{ user: 'www' }", "{}", "user: www → none", .nextStart),
            ("{}", "{ group: 'www' }", "group: none → www", .nextStart),
            ("{}", "{ controlGroup: 'ops' }", "controlGroup: none → ops", .now),
            ("{}", "{ limits: { files: 100 } }", "limits: changed", .nextStart),
            ("{}", "{ environmentFiles: ['a.env'] }", "environmentFiles: changed", .nextStart),
            ("{ umask: '022' }", "{ umask: '027' }", "umask: 022 → 027", .nextStart),
            ("{ state: 'a' }", "{ state: 'b' }", "state: /srv/a → /srv/b", .never),
            ("{ releases: 'a' }", "{ releases: 'b' }", "releases: /srv/a → /srv/b", .now),
            ("{ release: 'a' }", "{ release: 'b' }", "release: /srv/a → /srv/b", .firstStart),
            ("{ keep: 5 }", "{ keep: 3 }", "keep: 5 → 3", .now),
            (
                "{ policies: { readyTimeout: '1s' } }", "{ policies: { readyTimeout: '2s' } }",
                "policies.readyTimeout: 1s → 2s", .nextStart
            ),
            (
                "{ policies: { killGrace: '1s' } }", "{ policies: { killGrace: '2s' } }",
                "policies.killGrace: 1s → 2s", .nextStart
            ),
            (
                "{}", "{ policies: { stopTimeout: '9s' } }", "policies.stopTimeout: the drain's time → 9s", .now
            ),
            (
                "{ policies: { maxDraining: 1 } }", "{ policies: { maxDraining: 2 } }", "policies.maxDraining: 1 → 2",
                .now
            ),
            (
                "{ policies: { maxQueued: 1 } }", "{ policies: { maxQueued: 2 } }", "policies.maxQueued: 1 → 2", .now
            ),
            (
                "{}", "{ policies: { respawn: { crashLoopExits: 9 } } }", "policies.respawn: changed", .nextStart
            ),
            (
                "{ policies: { logs: { limit: '1M' } } }", "{ policies: { logs: { limit: '2M' } } }",
                "policies.logs.limit: 1M → 2M", .now
            ),
            (
                "{ listen: [{ address: '127.0.0.1:1', backlog: 5 }] }",
                "{ listen: [{ address: '127.0.0.1:1', backlog: 7 }] }",
                "listen: backlog of web: 5 → 7", .now
            ),
            (
                "{ listen: ['127.0.0.1:1', '127.0.0.1:2'] }", "{ listen: ['127.0.0.1:1'] }",
                "listen: web2 at 127.0.0.1:2 removed", .atRestart
            ),
            (
                "{ listen: ['127.0.0.1:1'] }", "{ listen: [{ address: '127.0.0.1:1', name: 'a' }] }",
                "listen: web at 127.0.0.1:1 called a", .never
            ),
            (
                "{ listen: [{ address: '127.0.0.1:1', name: 'a' }, { address: '127.0.0.1:2', name: 'b' }] }",
                "{ listen: [{ address: '127.0.0.1:2', name: 'b' }, { address: '127.0.0.1:1', name: 'a' }] }",
                "listen: another order", .nextStart
            ),
        ])
    func each(old: String, new: String, words: String, moment: ConfigurationChange.Moment) throws {
        let found = configuration(old).changes(to: configuration(new))
        #expect(found.map { "\($0.key): \($0.words)" } == [words])
        #expect(found.first?.moment == moment)
    }

    @Test("A name with another address is a listener that goes and one that comes")
    func anotherAddress() {
        let (old, new) = (configuration("{ listen: ['127.0.0.1:1'] }"), configuration("{ listen: ['127.0.0.1:2'] }"))
        #expect(
            old.changes(to: new).map(\.description) == [
                "listen: web at 127.0.0.1:2 added", "listen: web at 127.0.0.1:1 removed",
            ])
        #expect(old.addedListeners(in: new).map(\.address) == new.listeners.map(\.address))
        #expect(old.addedListeners(in: old) == [])
    }

    @Test("A reload that makes a restart advises none")
    func restart() {
        let (old, new) = (
            configuration("{ listen: ['127.0.0.1:1'] }"),
            configuration("{ listen: ['127.0.0.1:2'], workers: 3, keep: 4 }")
        )
        #expect(
            old.changes(to: new).map { $0.line(restarts: true) } == [
                "listen: web at 127.0.0.1:2 added", "listen: web at 127.0.0.1:1 removed", "workers: \"auto\" → 3",
                "keep: all → 4, from now on",
            ])
    }

    @Test("Of variables the names are told, and never a value")
    func variables() {
        let found = changes(
            "{ environment: { A: '1', B: '2', SECRET: 'old' } }", "{ environment: { B: '2', C: '3', SECRET: 'new' } }")
        #expect(
            found == [
                "environment: A, C, SECRET changed, from the next deploy on; `deployd restart` applies it now"
            ])
    }
}
