import Linux
import Testing

@testable import WebWorker

@Suite struct UpstreamMachineTests {
    typealias Event = UpstreamMachine.Event
    typealias Effect = UpstreamMachine.Effect

    /// A connection that bears a request, after `events`; `kept` when it bore another one before.
    private func asking(kept: Bool = false, repeatable: Bool = false, _ events: [Event] = []) -> UpstreamMachine {
        var machine = UpstreamMachine()
        _ = machine.handle(.connected)
        if kept {
            for event in [Event.began(isRepeatable: false), .bytesSent, .requestSent, .bytesReceived, .headPassedOn] {
                #expect(machine.handle(event) == .none)
            }
            #expect(machine.handle(.answerEnded(keepsAlive: true)) == .keep)
        }
        for event in [.began(isRepeatable: repeatable)] + events { #expect(machine.handle(event) == .none) }
        return machine
    }

    @Test func anAnswerLeavesTheConnectionToTheNextRequest() {
        var machine = asking([.bytesSent, .requestSent, .bytesReceived, .headPassedOn])
        #expect(machine.handle(.answerEnded(keepsAlive: true)) == .keep)
        #expect(machine.isIdle && machine.wasKept)
        #expect(machine.handle(.endOfStream) == .close && machine.isClosed)
    }

    @Test func anAnswerBeforeTheRequestIsAllSentEndsTheConnection() {
        var machine = asking([.bytesSent, .bytesReceived, .headPassedOn])
        #expect(machine.handle(.answerEnded(keepsAlive: true)) == .finish)
        var closing = asking([.bytesSent, .requestSent, .bytesReceived, .headPassedOn])
        #expect(closing.handle(.answerEnded(keepsAlive: false)) == .finish)
    }

    /// All that decides whether a request is repeated when its connection breaks before the answer.
    @Test(arguments: [false, true], [false, true])
    func onlyWhatCannotHaveBeenActedUponIsRepeated(_ kept: Bool, _ repeatable: Bool) {
        for event in [Event.endOfStream, .failed] {
            var untouched = asking(kept: kept, repeatable: repeatable)
            #expect(untouched.handle(event) == .retry)
            for sent in [[Event.bytesSent], [.bytesSent, .requestSent]] {
                var touched = asking(kept: kept, repeatable: repeatable, sent)
                #expect(touched.handle(event) == (kept && repeatable ? .retry : .answerBadGateway))
                var begun = asking(kept: kept, repeatable: repeatable, sent + [.bytesReceived])
                #expect(begun.handle(event) == .answerBadGateway)
            }
        }
    }

    @Test func timeAndNonsenseAreNotRepeated() {
        var late = asking(kept: true, repeatable: true, [.bytesSent, .requestSent])
        #expect(late.handle(.timedOut) == .answerTimeout)
        var wrong = asking(kept: true, repeatable: true, [.bytesSent, .requestSent, .bytesReceived])
        #expect(wrong.handle(.malformed) == .answerBadGateway)
    }

    @Test(arguments: [Event.endOfStream, .failed, .malformed, .timedOut])
    func behindTheHeadAnAnswerIsBrokenOff(_ event: Event) {
        var machine = asking(kept: true, repeatable: true, [.bytesSent, .requestSent, .bytesReceived, .headPassedOn])
        #expect(machine.handle(event) == .breakOff && machine.isClosed)
        #expect(machine.handle(event) == .none)
    }

    /// The client has nothing of an answer in whose place a file will go.
    @Test func behindAHeadThatIsKeptAnAnswerFails() {
        let kept: [Event] = [.bytesSent, .requestSent, .bytesReceived, .headKept]
        for event in [Event.endOfStream, .failed, .malformed, .timedOut] {
            var machine = asking(kept: true, repeatable: true, kept)
            #expect(machine.wait(isBlocked: false) == .stream)
            #expect(machine.handle(event) == (event == .timedOut ? .answerTimeout : .answerBadGateway))
        }
        var whole = asking(kept)
        #expect(whole.handle(.answerEnded(keepsAlive: true)) == .keep && whole.isIdle)
    }

    @Test func aTunnelEndsWithEitherSide() {
        var machine = asking([.bytesSent, .requestSent, .bytesReceived, .upgraded])
        #expect(machine.isTunnel && machine.wait(isBlocked: false) == .tunnel)
        #expect(machine.handle(.endOfStream) == .finish)
        var left = asking([.bytesSent, .requestSent, .bytesReceived, .upgraded])
        #expect(left.handle(.cancelled) == .close)
    }

    @Test func bytesThatNobodyAskedForEndAKeptConnection() {
        var machine = asking([.bytesSent, .requestSent, .bytesReceived, .headPassedOn])
        _ = machine.handle(.answerEnded(keepsAlive: true))
        #expect(machine.handle(.bytesReceived) == .close)
    }

    @Test func theTimeLimitIsThatOfTheWait() {
        var machine = UpstreamMachine()
        #expect(machine.wait(isBlocked: false) == .connect)
        _ = machine.handle(.connected)
        #expect(machine.wait(isBlocked: false) == .idle)
        _ = machine.handle(.began(isRepeatable: true))
        #expect(machine.wait(isBlocked: false) == .none)  // The client still sends its body.
        #expect(machine.wait(isBlocked: true) == .send)
        _ = machine.handle(.requestSent)
        #expect(machine.wait(isBlocked: false) == .answer)
        // An answer that has begun may be an event stream: its silence has a limit of its own.
        _ = machine.handle(.bytesReceived)
        _ = machine.handle(.headPassedOn)
        #expect(machine.wait(isBlocked: false) == .stream)
        let upstream = Upstream(UpstreamDescription(address: .v4(.loopback, port: 1), settings: UpstreamSettings()))
        #expect(upstream.limit(.answer) == 60_000 && upstream.limit(.stream) == 600_000)
    }
}
