import Testing

@testable import WebWorker

@Suite struct LineScannerTests {
    @Test func theFirstControlByteIsFoundWhereverItStands() {
        for length in 0..<40 {
            for place in 0..<length {
                for byte in [0x00, 0x01, 0x08, 0x0a, 0x0d, 0x1f, 0x7f] as [UInt8] {
                    var bytes = [UInt8](repeating: 0x80, count: length)
                    for index in bytes.indices {
                        bytes[index] = [0x20, 0x7e, 0x80, 0xff, 0x09][(index * 7 + length) % 5]
                    }
                    bytes[place] = byte
                    #expect(LineScanner.firstControl(in: bytes.span, from: 0) == place)
                    #expect(LineScanner.firstControl(in: bytes.span, from: place + 1) == length)
                }
            }
        }
    }
}
