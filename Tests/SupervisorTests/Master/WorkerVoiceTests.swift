import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Who speaks for a worker")
struct WorkerVoiceTests {
    /// A process with a session of its own, as the launch step makes one, that has children: one in its session, one of that
    /// one's in another session.
    static let worker = """
        import os, sys, time
        os.setsid()
        child = os.fork()
        if child == 0:
            grandchild = os.fork()
            if grandchild == 0:
                os.setsid()
                print(f"pids {os.getppid()} {os.getpid()}", flush=True)
            time.sleep(60)
        time.sleep(60)
        """

    static func identity(_ pid: Int32) throws -> ProcessIdentity {
        ProcessIdentity(pid: pid, startTime: try #require(ProcessStatus(of: pid)).startTime)
    }

    static func may(_ pid: Int32, speakFor worker: ProcessIdentity) -> Bool {
        WorkerVoice.may(PeerCredentials(pid: pid, uid: 0, gid: 0), speakFor: worker)
    }

    @Test func `a worker, its session and who descends from it do, and nobody else`() throws {
        let one = try Child(Program.python(Self.worker))
        let other = try Child(Program.python(Self.worker))
        var members: [[Int32]] = []
        for worker in [one, other] {
            try worker.wait(forOutput: "pids ")
            let pids = worker.output.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            try #require(pids.count == 2)
            members.append([worker.pid] + pids)
        }
        defer { for pid in members.joined() { _ = try? ProcessDescriptor(pid: pid).send(.kill) } }
        let identities = try [one, other].map { try Self.identity($0.pid) }
        for (index, identity) in identities.enumerated() {
            for (owner, pids) in members.enumerated() {
                for pid in pids { #expect(Self.may(pid, speakFor: identity) == (owner == index)) }
            }
            #expect(!Self.may(ThisProcess.pid, speakFor: identity))
            #expect(!Self.may(0, speakFor: identity))
            #expect(!WorkerVoice.may(nil, speakFor: identity))
        }
    }

    @Test func `who has ended is not believed`() throws {
        let worker = try Child(["sleep", "60"])
        let gone = try Child(["true"])
        _ = try gone.wait()
        #expect(!Self.may(gone.pid, speakFor: try Self.identity(worker.pid)))
    }

    @Test func `a worker that says too much is muted for a while, and one that speaks as others do is not`() {
        var voice = WorkerVoice()
        var now = Instant(sinceBoot: .seconds(10))
        for _ in 1...100 {
            let isTooLoud = voice.isTooLoud(4, at: now)
            #expect(!isTooLoud)
            now = now + .milliseconds(10)
        }
        var turns = 0
        while !voice.isTooLoud(WorkerVoice.messagesPerTurn, at: now), turns < 1000 { turns += 1 }
        #expect(turns > 1 && turns < 100)
        #expect(voice.mutedUntil == now + WorkerVoice.period)
        let isMutedAgain = voice.isTooLoud(WorkerVoice.messagesPerTurn, at: now)
        #expect(!isMutedAgain)
        voice.unmute()
        #expect(voice.mutedUntil == nil)
    }
}
