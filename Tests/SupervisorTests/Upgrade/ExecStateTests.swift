import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("State passed over an exec")
struct ExecStateTests {
    @Test("carries words and descriptors to the same process, each descriptor once")
    func carries() throws {
        let pipe = try Pipe()
        let copy = try pipe.writing.duplicate().release()
        let left = ExecState()
        left["version"] = "1.2.3"
        left.leave(copy, as: "lane/web/3")
        let taken = try #require(ExecState(parsing: left.text))
        #expect(taken["version"] == "1.2.3")
        #expect(taken.names(ExecState.Name.lane) == ["web/3"])
        guard let descriptor = taken.take("lane/web/3") else {
            Issue.record("the lane did not arrive")
            return
        }
        let sent = try descriptor.write(Array("x".utf8))
        #expect(sent == .bytes(1))
        let again = taken.take("lane/web/3") != nil
        #expect(!again)
        #expect(taken.names(ExecState.Name.lane) == [])
    }

    @Test("closes what nobody takes up")
    func closes() throws {
        let pipe = try Pipe()
        let number = try pipe.writing.duplicate().release()
        let left = ExecState()
        left.leave(number, as: "lane/web/3")
        _ = try #require(ExecState(parsing: left.text))
        #expect(!isOpen(number))
    }

    @Test("means nothing to another process, and leaves its descriptors alone")
    func another() throws {
        let pipe = try Pipe()
        #expect(ExecState(parsing: "pid=1\nfd.\(pipe.writing.number)=lock") == nil)
        #expect(isOpen(pipe.writing.number))
    }

    @Test("passes over descriptors that are not open, and the standard streams", arguments: ["999999", "1", "-1", "x"])
    func nonsense(number: String) throws {
        let taken = try #require(ExecState(parsing: "pid=\(ThisProcess.pid)\nfd.\(number)=lock"))
        let found = taken.take("lock") != nil
        #expect(!found)
    }
}
