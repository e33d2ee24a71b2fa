import Handoff
import Testing

@Suite("Text of the worker contract")
struct FieldsTests {
    @Test("What is written can be read, in order and whatever the values hold")
    func roundTrip() {
        let fields = Fields([("A", "1"), ("B", "x=y"), ("C", ""), ("STATUS", "é ok")])
        #expect(String(decoding: fields.bytes, as: UTF8.self) == "A=1\nB=x=y\nC=\nSTATUS=é ok\n")
        #expect(Fields(parsing: fields.bytes) == fields)
    }

    @Test("A value cannot bring a line of its own", arguments: ["x\nREADY=1", "x\r\nREADY=1", "\n", "x\u{2028}\n"])
    func injection(value: String) {
        let read = Fields(parsing: Fields([("STATUS", value)]).bytes)
        #expect(read["READY"] == nil)
        #expect(read["STATUS"] == String(value.unicodeScalars.map { $0 == "\n" ? " " : Character($0) }))
    }

    @Test("Malformed text is passed over, never a trap")
    func malformed() {
        for text in ["", "\n\n", "READY", "=", "=1", "\0", "READY=1\nREADY"] { _ = Fields(parsing: Array(text.utf8)) }
        let torn = Fields(parsing: [0xff, 0xfe, UInt8(ascii: "="), 0xc3, UInt8(ascii: "\n"), 0x41, 0x3d, 0x42])
        #expect(torn["A"] == "B")
        let twice = Fields(parsing: Array("A=1\nA=2\nnonsense\n".utf8))
        #expect(twice["A"] == "2")
        #expect(Fields(parsing: Array("READY=1\r\n".utf8))["READY"] == "1\r")
    }

    @Test("Every prefix of a message is read without a trap")
    func prefixes() {
        let message = ControlMessage.drain(requests: .seconds(30), upgrades: .seconds(300)).bytes
        for end in message.indices { _ = ControlMessage(parsing: Array(message[..<end])) }
    }
}
