import Testing

@testable import WebWorker

/// The public suites against the parser: whole, in two pieces at every byte, and byte by byte.
@Suite struct PublicCaseTests {
    @Test(arguments: VectorFile.suites)
    func everyCaseEndsAsItsSuiteSaysOrAsTheWrittenListSays(_ suite: String) throws {
        var listed = Set(RefusedOnPurpose.cases[suite, default: [:]].keys)
        for vector in try VectorFile.load(suite).cases {
            let key = RefusedOnPurpose.key(vector)
            let (outcome, reader) = read(vector.bytes)
            // A name may stand for several cases of a suite, not all of them listed.
            listed.remove(key)
            if RefusedOnPurpose.cases[suite]?[key]?.contains(where: { $0.outcome == outcome }) == true { continue }
            let isRefused = if case .refused = outcome { true } else { reader.unknownMethodSeen }
            switch vector.outcome {
            case "ok": #expect(outcome == .complete || reader.heads > 0 && outcome == .incomplete, "\(key): \(outcome)")
            case "error": #expect(isRefused, "\(key): \(outcome)")
            case "incomplete": #expect(outcome == .incomplete, "\(key): \(outcome)")
            default: break
            }
        }
        #expect(listed.isEmpty, "listed, but not in the file")
    }

    @Test(arguments: VectorFile.suites)
    func aCaseEndsAlikeHoweverItIsSplit(_ suite: String) throws {
        for vector in try VectorFile.load(suite).cases {
            let input = vector.bytes
            var whole = RequestReader()
            let expected = whole.feed(input)
            var slow = RequestReader()
            var last = RequestReader.Outcome.complete
            for byte in input {
                last = slow.feed(CollectionOfOne(byte))
                if case .refused = last { break }
            }
            #expect(last == expected, "\(vector.id), byte by byte")
            for cut in stride(from: 1, to: input.count, by: max(1, input.count / 400)) {
                var halves = RequestReader()
                var outcome = halves.feed(input[..<cut])
                if case .refused = outcome {} else { outcome = halves.feed(input[cut...]) }
                #expect(outcome == expected, "\(vector.id), cut at \(cut)")
            }
        }
    }

    /// Reads the case; where it lacks the Host that HTTP/1.1 demands (the suites test a grammar), with one put in.
    private func read(_ input: [UInt8]) -> (RequestReader.Outcome, RequestReader) {
        var reader = RequestReader()
        let outcome = reader.feed(input)
        guard outcome == .refused(.host) else { return (outcome, reader) }
        var withHost: [UInt8] = []
        for byte in input {
            withHost.append(byte)
            if withHost.suffix(11) == Array(" HTTP/1.1\r\n".utf8) { withHost += Array("Host: a\r\n".utf8) }
        }
        var second = RequestReader()
        let secondOutcome = second.feed(withHost)
        return (secondOutcome, second)
    }
}
