import Testing

@testable import StrictLoad

@Suite struct LatencyHistogramTests {
    @Test func percentilesOfAnEvenSpreadAreWithinOnePercent() {
        var histogram = LatencyHistogram()
        for value in 1...100_000 { histogram.record(Nanoseconds(value) * 1_000) }
        for (permille, wanted) in [(500, 50_000), (900, 90_000), (990, 99_000), (999, 99_900)] {
            let found = Double(histogram.percentile(permille: UInt64(permille)))
            let exact = Double(wanted) * 1_000
            #expect(found >= exact)
            #expect(found < exact * 1.01)
        }
        #expect(histogram.maximum == 100_000_000)
        #expect(histogram.percentile(permille: 1_000) == 100_000_000)
    }

    @Test func everyLengthHasABucket() {
        for value in [0, 1, 127, 128, 129, 255, 256, 1_000_000, Nanoseconds.max, -5] {
            var histogram = LatencyHistogram()
            histogram.record(value)
            #expect(histogram.percentile(permille: 500) == max(0, value))
        }
    }

    @Test func anEmptyOneSaysZero() {
        #expect(LatencyHistogram().percentile(permille: 999) == 0)
    }
}

@Suite struct GapRecordTests {
    @Test func theLongestTimeBetweenTwoAnswersIsKept() {
        var gaps = GapRecord()
        for time: Nanoseconds in [5, 7, 17, 18, 25] { gaps.answered(at: time) }
        #expect(gaps.longest == 10)
        #expect(gaps.beganAt == 7)
    }
}

@Suite struct NanosecondsTests {
    @Test func lengthsAreSpelledWithThreeDigits() {
        let spelled: [(Nanoseconds, String)] = [
            (0, "0 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (4_070_000, "4.07 ms"), (63_040_000_000, "63.0 s"),
            (812_999_999, "812 ms"), (12_345_000_000_000, "12345 s"),
        ]
        for (length, text) in spelled { #expect(length.spelled == text) }
    }
}
