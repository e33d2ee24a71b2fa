import Linux
import Supervisor
import TestSupport
import Testing

@testable import deployd

@Suite("A release in an archive")
struct ArchiveTests {
    private let directory: TemporaryDirectory
    private var releases: String { directory.path("releases") }

    init() throws {
        try Program.require("tar", "python3")
        directory = try TemporaryDirectory()
        try Files.makeDirectory(directory.path("releases"))
        try Files.makeDirectory(directory.path("app"))
        try directory.write("app/release.json", "{}")
        try directory.write("app/public/a file", "text")
        try Child.expect(["tar", "-czf", directory.path("app.tar.gz"), "-C", directory.path("app"), "."])
    }

    private func unpack(_ file: String, as name: String = "one", _ limits: Archive.Limits = .init()) throws -> String {
        var archive = try #require(Archive(operand: directory.path(file), releases: releases))
        archive.limits = limits
        return try archive.unpack(as: ReleaseName(name)) { _ throws(CommandError) in }
    }

    /// Nothing is left but releases.
    private func expectNothing(besides names: [String] = []) throws {
        #expect(try Files.list(releases).sorted() == names)
    }

    private func words(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch { return (error as? CommandError)?.messages.joined(separator: "\n") ?? "\(error)" }
    }

    /// An archive with an odd member, made by Python: `member` is code over `info`, a TarInfo.
    private func odd(_ member: String) throws -> String {
        let code = """
            import io, sys, tarfile
            with tarfile.open(sys.argv[1], "w:gz") as tar:
                info = tarfile.TarInfo("release.json"); info.size = 2; tar.addfile(info, io.BytesIO(b"{}"))
                info = tarfile.TarInfo("odd")
                \(member)
                tar.addfile(info, io.BytesIO(b"x" * info.size))
            """
        try Child.expect(try Program.python(code, directory.path("odd.tar.gz")))
        return "odd.tar.gz"
    }

    @Test("A directory's content, or one directory in it, is the release, whatever it is compressed by")
    func forms() throws {
        #expect(try unpack("app.tar.gz") == "\(releases)/one")
        #expect(try Files.read("\(releases)/one/public/a file") == Array("text".utf8))
        for (name, flag) in [("whole.tar", "-cf"), ("whole.tar.xz", "-cJf")]
        where flag == "-cf" || Program.find("xz") != nil {
            try Child.expect(["tar", flag, directory.path(name), "-C", directory.path, "app"])
            #expect(try unpack(name, as: name) == "\(releases)/\(name)")
            #expect(Files.kind("\(releases)/\(name)/release.json") == .file)
        }
        #expect(try Files.list(releases).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test("What is there already stays, and the archive is not unpacked")
    func taken() throws {
        try directory.write("releases/one/mine", "mine")
        #expect(words { try unpack("app.tar.gz") }.contains("is there already"))
        #expect(try Files.list("\(releases)/one") == ["mine"])
        try expectNothing(besides: ["one"])
    }

    @Test("A part of an archive, or something else, leaves nothing")
    func broken() throws {
        let whole = try Files.read(directory.path("app.tar.gz"))
        try directory.write("cut.tar.gz", String(decoding: whole.prefix(20).map { $0 & 0x7F }, as: UTF8.self))
        try Files.create(directory.path("half.tar.gz")).writeAll(Array(whole.prefix(whole.count / 2)))
        try directory.write("text.tar.gz", "hello\n")
        try directory.write("empty.tar.gz", "")
        for file in ["cut.tar.gz", "half.tar.gz", "text.tar.gz", "empty.tar.gz"] {
            let words = words { try unpack(file) }
            #expect(words.contains("archive"), "\(file): \(words)")
            try expectNothing()
        }
        try Child.expect(["tar", "-cf", directory.path("bare.tar"), "-C", directory.path("app"), "public"])
        #expect(
            words { try unpack("bare.tar") }.contains(
                "no release.json at its top or in its only directory (there: public)"))
        try expectNothing()
    }

    @Test("A plain archive that ends between two files is not whole, compressed or not")
    func cutBetweenFiles() throws {
        try Child.expect([
            "tar", "-cf", directory.path("whole.tar"), "-C", directory.path("app"), "release.json", "public",
        ])
        let whole = try Files.read(directory.path("whole.tar"))
        // The manifest: its head and its two bytes, in a block each.
        try Files.create(directory.path("cut.tar")).writeAll(Array(whole.prefix(1024)))
        #expect(words { try unpack("cut.tar") }.contains("its end is missing"))
        try Child.expect(["gzip", directory.path("cut.tar")])
        #expect(words { try unpack("cut.tar.gz") }.contains("its end is missing"))
        try expectNothing()
        #expect(try unpack("whole.tar") == "\(releases)/one")
    }

    @Test("Nothing is unpacked where others may write")
    func writableForOthers() throws {
        // To root its own group is nobody else.
        let modes: [UInt32] = ThisProcess.uid == 0 ? [0o777, 0o757] : [0o777, 0o757, 0o775]
        for place in [releases, directory.path] {
            for mode in modes {
                try Files.setMode(place, mode)
                let found = words { try unpack("app.tar.gz") }
                #expect(found.contains("may be written to by others"), "\(place) \(mode): \(found)")
                #expect(found.contains("on the way to") == (place != releases), "\(place) \(mode): \(found)")
                try expectNothing()
            }
            try Files.setMode(place, 0o755)
        }
        if ThisProcess.uid == 0 {
            try Files.setOwner(directory.path, uid: 12345, gid: nil, of: .directory)
            #expect(words { try unpack("app.tar.gz") }.contains("belongs to user 12345"))
        }
    }

    @Test("What is checked is what is unpacked, though the file changes meanwhile")
    func changed() throws {
        let archive = try #require(Archive(operand: directory.path("app.tar.gz"), releases: releases))
        let release = try archive.unpack(as: try ReleaseName("one")) { (file: String) throws(CommandError) in
            #expect(file != directory.path("app.tar.gz"))
            do { try directory.write("app.tar.gz", "something else") } catch { throw CommandError("\(error)") }
        }
        #expect(Files.kind("\(release)/release.json") == .file)
    }

    @Test("Paths that lead out, devices and pipes are refused by name, and nothing is unpacked")
    func odd() throws {
        let outside = directory.path("outside")
        for (member, words) in [
            ("info.name = '../outside'; info.size = 1", "leads out of the release"),
            ("info.name = 'a/../../outside'; info.size = 1", "leads out of the release"),
            ("info.name = '\(outside)'; info.size = 1", "is an absolute path"),
            ("info.type = tarfile.CHRTYPE; info.devmajor = 1; info.devminor = 3", "is a device"),
            ("info.type = tarfile.BLKTYPE; info.devmajor = 8", "is a device"),
            ("info.type = tarfile.FIFOTYPE", "is a pipe"),
        ] {
            let found = self.words { try unpack(odd(member)) }
            #expect(found.contains(words), "\(member): \(found)")
            try expectNothing()
        }
        #expect(Files.kind(outside) == nil)
    }

    @Test("A link never leads tar out of the release")
    func links() throws {
        try Files.makeDirectory(directory.path("victim"))
        let member = """
            info.type = tarfile.SYMTYPE; info.linkname = '\(directory.path("victim"))'; tar.addfile(info)
                info = tarfile.TarInfo('odd/written'); info.size = 1
            """
        let found = words { try unpack(odd(member)) }
        #expect(try Files.list(directory.path("victim")) == [], "\(found)")
        let hard = "info.type = tarfile.LNKTYPE; info.linkname = '../../../../../../../../etc/passwd'"
        _ = words { try unpack(odd(hard), as: "two") }
        #expect(Files.kind("\(releases)/two/odd") == nil)
    }

    @Test("Owners and special modes are not the archive's")
    func modes() throws {
        let release = try unpack(odd("info.mode = 0o6777; info.uid = 12345; info.size = 1"))
        let status = try Files.status("\(release)/odd")
        #expect(status.mode & 0o7022 == 0 && status.uid == ThisProcess.uid)
    }

    @Test("Too many entries, or too many bytes, are refused before they are there")
    func limits() throws {
        #expect(words { try unpack("app.tar.gz", .init(entries: 2)) }.contains("at most 2"))
        #expect(words { try unpack(odd("info.size = 5000"), .init(bytes: 4096)) }.contains("more than 4K"))
        try expectNothing()
    }

    @Test("What a killed command has left is taken away, and what is in use is not")
    func abandoned() throws {
        try directory.write("releases/.incoming-1-1/lock", "")
        try directory.write("releases/.incoming-1-1/tree/x", "")
        try directory.write("releases/.incoming-2-2/lock", "")
        try directory.write("releases/.hidden/x", "")
        guard let lock = try FileLock.acquire("\(releases)/.incoming-2-2/lock") else {
            throw SystemError(call: "flock", errno: .busy)
        }
        _ = try unpack("app.tar.gz")
        #expect(try Files.list(releases).sorted() == [".hidden", ".incoming-2-2", "one"])
        let isPresent = lock.isPresent(at: "\(releases)/.incoming-2-2/lock")
        #expect(isPresent)
    }

    @Test("Names sort by time, and a chosen one is a plain name")
    func names() throws {
        let now = Duration.seconds(1_796_112_923)
        #expect(ReleaseName(of: .standardInput, now: now).text == "20261201T081523Z")
        #expect(ReleaseName(of: .file("dir/my-app_2.tar.gz"), now: now).text == "20261201T081523Z-my-app_2")
        let taken: Set = ["20261201T081523Z", "20261201T081523Z-2"]
        #expect(ReleaseName(of: .standardInput, now: now) { taken.contains($0) }.text == "20261201T081523Z-3")
        for bad in ["", ".", "..", ".x", "a/b", "/a", "a\nb", "a\u{202E}b", "-x", String(repeating: "a", count: 201)] {
            #expect(words { try ReleaseName(bad).text }.contains("--name: found"), "\(bad)")
        }
        #expect(Archive(operand: directory.path("app"), releases: releases) == nil)
        #expect(Archive(operand: "no-such", releases: releases) == nil)
        #expect(Archive(operand: "-", releases: releases)?.source == .standardInput)
    }

    @Test("Only what one of the signers has signed, for deployd, and before his time is over, is taken")
    func signatures() throws {
        try Program.require("ssh-keygen")
        let (archive, key) = (directory.path("app.tar.gz"), directory.path("key"))
        try Child.expect(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anna", "-f", key])
        let publicKey = String(decoding: try Files.read("\(key).pub"), as: UTF8.self)
        try directory.write("signers", "anna@foobar.com \(publicKey)")
        try directory.write("expired", "anna@foobar.com valid-before=\"20200101\" \(publicKey)")
        try directory.write("nobody", "")
        func verify(_ signers: String) throws -> String {
            try Signature(signers: directory.path(signers), named: nil, of: .file(archive)).verify(archive)
        }
        #expect(words { try verify("signers") }.contains("app.tar.gz.sig cannot be read"))
        try directory.write("open", "")
        try Files.setMode(directory.path("open"), 0o666)
        #expect(words { try verify("open") }.contains("who can change it could allow anybody"))
        try Child.expect(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "deployd", archive])
        #expect(try verify("signers") == "anna@foobar.com")
        for signers in ["expired", "nobody"] { #expect(words { try verify(signers) }.contains("none of the signers")) }
        try directory.write("app.tar.gz", "another")
        #expect(words { try verify("signers") }.contains("the signature does not hold"))
        try Files.removeTree("\(archive).sig")
        try Child.expect(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file", archive])
        #expect(words { try verify("signers") }.contains("does not hold"), "it was signed for something else")
    }
}
