import Linux
import Testing

@testable import Supervisor

@Suite struct KeptDescriptorsTests {
    static func descriptor() throws -> FileDescriptorBox { FileDescriptorBox(try Files.open("/dev/null")) }

    @Test func `descriptors come back in the order of storing, the latest of a name last`() throws {
        var kept = KeptDescriptors()
        for name in ["web/1", "web/2", "admin/1", "web/1"] { kept.store(try Self.descriptor(), name) }
        #expect(kept.all.map(\.name) == ["web/2", "admin/1", "web/1"])
        kept.forget("admin/1")
        kept.forget("nobody/7")
        #expect(kept.all.map(\.name) == ["web/2", "web/1"])
    }

    @Test func `beyond its capacity nothing is kept`() throws {
        var kept = KeptDescriptors(capacity: 3)
        let descriptor = try Self.descriptor()
        for number in 0..<5 { kept.store(descriptor, "web/\(number)") }
        #expect(kept.all.map(\.name) == ["web/0", "web/1", "web/2"])
    }

    @Test func `the lanes of 250 listeners and several generations are kept`() throws {
        var kept = KeptDescriptors()
        let descriptor = try Self.descriptor()
        for number in 0..<2000 { kept.store(descriptor, "web/\(number)") }
        #expect(kept.all.count == 2000)
    }

    @Test(arguments: [("web/3", "web", 3), ("a/b/12", "a/b", 12)])
    func `a lane's name is taken apart again`(text: String, listener: String, number: Int) throws {
        let name = try #require(LaneName.parse(text))
        #expect(name == (listener, number))
        #expect(LaneName.make(listener, number) == text)
    }

    @Test(arguments: ["web", "web/", "web/x", ""]) func `what is no lane's name is none`(text: String) {
        #expect(LaneName.parse(text) == nil)
    }
}
