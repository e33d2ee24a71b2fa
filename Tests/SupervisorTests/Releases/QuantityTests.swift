import Testing

@testable import Supervisor

@Suite("Durations and sizes")
struct QuantityTests {
    static let noDuration = "a duration with a unit such as \"30s\" (ns, us, ms, s, m, h or d)"
    static let noSize = "a size with a unit such as \"512M\" (B, K, M, G or T)"

    @Test(
        "A duration is a number and a unit, or several of them",
        arguments: [
            ("0", Duration.zero), ("250ms", .milliseconds(250)), ("5s", .seconds(5)), ("5m", .seconds(300)),
            ("1h", .seconds(3600)), ("2d", .seconds(172_800)), ("1.5s", .milliseconds(1500)), ("0.25h", .seconds(900)),
            ("1m30s", .seconds(90)), ("7us", .microseconds(7)), ("9ns", .nanoseconds(9)), ("0s", .zero),
        ])
    func readsDurations(text: String, duration: Duration) throws {
        #expect(try Durations.parse(text) == duration)
    }

    @Test(
        "What is no duration is refused with an example",
        arguments: [
            ("5", "a duration with a unit such as \"5s\""), ("1.5", "a duration with a unit such as \"1.5s\""),
            ("", QuantityTests.noDuration), ("s", QuantityTests.noDuration),
            ("-5s", QuantityTests.noDuration), ("5 s", QuantityTests.noDuration),
            ("5S", QuantityTests.noDuration), ("1min", QuantityTests.noDuration), ("5.s", QuantityTests.noDuration),
            ("1m30", QuantityTests.noDuration), ("5sec", QuantityTests.noDuration),
            ("1..5s", QuantityTests.noDuration), ("٣s", QuantityTests.noDuration),
            ("400d", "a duration of a year at most"), ("999999999999999s", QuantityTests.noDuration),
        ])
    func refusesDurations(text: String, expected: String) {
        #expect(throws: QuantityError(expected: expected)) { try Durations.parse(text) }
    }

    @Test("A duration that was written is read back", arguments: [0, 1, 999, 1000, 90_000, 3_600_000, 86_400_000])
    func roundTripsDurations(milliseconds: Int) throws {
        let duration = Duration.milliseconds(milliseconds)
        #expect(try Durations.parse(Durations.text(duration)) == duration)
    }

    @Test("A duration is written in its largest whole unit")
    func writesDurations() {
        #expect(Durations.text(.seconds(90)) == "90s")
        #expect(Durations.text(.seconds(300)) == "5m")
        #expect(Durations.text(.milliseconds(250)) == "250ms")
        #expect(Durations.text(.zero) == "0s")
    }

    @Test(
        "A size is a number and a unit of 1024",
        arguments: [
            ("0", 0), ("100B", 100), ("64K", 65536), ("512M", 512 << 20), ("8G", 8 << 30), ("1T", 1 << 40),
            ("1.5M", 3 << 19),
        ])
    func readsSizes(text: String, bytes: Int) throws {
        #expect(try Sizes.parse(text) == bytes)
        #expect(try Sizes.parse(Sizes.text(bytes)) == bytes)
    }

    @Test(
        "What is no size is refused with an example",
        arguments: [
            ("512", "a size with a unit such as \"512M\""), ("", QuantityTests.noSize),
            ("7", "a size with a unit such as \"7M\""), ("8m", QuantityTests.noSize),
            ("8MB", QuantityTests.noSize), ("-8M", QuantityTests.noSize),
            ("999999999999999T", QuantityTests.noSize),
        ])
    func refusesSizes(text: String, expected: String) {
        #expect(throws: QuantityError(expected: expected)) { try Sizes.parse(text) }
    }
}
