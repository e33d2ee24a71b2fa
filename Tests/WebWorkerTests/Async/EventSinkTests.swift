import Testing

@testable import WebWorker

@Suite struct EventSinkTests {
    @Test(arguments: [
        ("a", nil, nil, "data: a\n\n"),
        ("a\nb\r\nc\rd", "e", "7", "event: e\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n"),
        ("", nil, nil, "data: \n\n"),
        ("a\n", "x\ndata: y", "\r1", "event: xdata: y\nid: 1\ndata: a\ndata: \n\n"),
    ])
    func anEventIsLines(_ data: String, _ event: String?, _ id: String?, _ expected: String) {
        #expect(String(decoding: EventSink.encode(data, event: event, id: id), as: UTF8.self) == expected)
    }
}
