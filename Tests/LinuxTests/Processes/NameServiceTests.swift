import Dispatch
import TestSupport
import Testing

@testable import Linux

@Suite("The name service") struct NameServiceTests {
    @Test("A question that hangs is given up, and nobody waits for the next one")
    func hangs() throws {
        #expect(NameService.ask { 1 } == 1)
        let isOver = DispatchSemaphore(value: 0)
        #expect(
            NameService.ask(within: .milliseconds(20)) { () -> Int in
                isOver.wait()
                return 2
            } == nil)
        #expect(NameService.ask { 3 } == nil)
        // Who is in this machine's own lists is found all the same.
        #expect(UserAccount.find("root")?.uid == 0)
        #expect(UserAccount.find("0")?.name == "root")
        #expect(UserAccount.find("root")?.groups().first == 0)
        #expect(GroupAccount.find("root") == 0)
        #expect(GroupAccount.find("4711") == 4711)
        isOver.signal()
        NameService.trustAgain()
        #expect(NameService.ask { 4 } == 4)
    }

    @Test("This machine's own lists of users and groups are read as passwd(5) and group(5) say")
    func lists() throws {
        let directory = try TemporaryDirectory()
        let (passwd, group) = (directory.path("passwd"), directory.path("group"))
        try Files.append(passwd, Array("root:x:0:0::/root:/bin/sh\nbroken\nweb:x:33:34:a,b:/var/www:/bin/false\n".utf8))
        try Files.append(group, Array("web:x:34:\nmail:x:8:other,web\nlog:x:9:webber\nempty:x::web\n".utf8))
        try Files.append(group, Array("staff:x:50:\nadm:x:4:root\n".utf8))
        let accounts = LocalAccounts(passwd: passwd, group: group)
        let web = UserAccount(name: "web", uid: 33, gid: 34, home: "/var/www")
        #expect(accounts.user("web") == web)
        #expect(accounts.user("33") == web)
        #expect(accounts.user("broken") == nil)
        #expect(accounts.groups(of: "web") == [8])
        #expect(accounts.group("mail") == 8)
        #expect(accounts.group("8") == nil)
        #expect([50, 4].allSatisfy { accounts.isNobodys($0) }, "root alone is in it, or nobody")
        #expect(![34, 8, 9, 99].contains { accounts.isNobodys($0) }, "a user's own, with a member, and unknown")
        #expect(!LocalAccounts(passwd: directory.path("none"), group: group).isNobodys(50))
        #expect(LocalAccounts(passwd: directory.path("none"), group: group).user("root") == nil)
    }
}
