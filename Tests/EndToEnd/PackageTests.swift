import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// What people install. The program in these packages is a stand-in, built in no time; scripts/package-test walks with the
    /// real one, on a machine of its own.
    @Suite("The packages")
    struct PackageTests {
        private let scratch: TemporaryDirectory

        init() throws { scratch = try TemporaryDirectory() }

        private static let standIn = """
            #include <stdio.h>
            #include <stdlib.h>
            int main(int count, char **words) {
                puts(count > 1 && words[1][0] == 'c' ? "# a completion" : "deployd 0.1.0");
                return MORE;
            }

            """

        /// A program that a package can be made of.
        private func program(_ name: String = "deployd", more: String = "0") throws -> String {
            let source = try scratch.write("\(name).c", Self.standIn)
            let flags = ["-DMORE=\(more)", "-g", "-O2", "-fPIE", "-pie", "-Wl,-z,relro,-z,now", "-Wl,--build-id"]
            let built = try Child.run(
                [try Program.path("gcc")] + flags + ["-w", "-o", scratch.path(name), source],
                environment: ["PATH=/usr/bin:/bin", "TMPDIR=\(scratch.path)"])
            try #require(built.status == .exited(code: 0), "\(built.errors)")
            return scratch.path(name)
        }

        private func script(_ name: String, _ arguments: String..., variables: [String] = []) throws -> Child.Finished {
            try Child.run(
                ["/bin/bash", "\(Repository.path)/scripts/\(name)"] + arguments,
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SOURCE_DATE_EPOCH=1750000000", "DEBFULLNAME=A Maintainer",
                    "DEBEMAIL=maintainer@deployd.example", "HOME=\(scratch.path)",
                ] + variables)
        }

        private func makePackages(of program: String, in output: String) throws -> Child.Finished {
            try Program.require("dpkg-deb", "dpkg-shlibdeps", "objcopy", "strip", "readelf", "python3", "gzip")
            return try script("package", "--binary", program, "--output", scratch.path(output))
        }

        @Test("The manual has four pages, of which mandoc has nothing to complain, with every verb and the last key")
        func manuals() throws {
            let mandoc = try Program.path("mandoc")
            let made = try Child.run(
                [try Program.path("python3"), "\(Repository.path)/scripts/manuals", scratch.path("man")],
                environment: ["PATH=/usr/bin:/bin", "SOURCE_DATE_EPOCH=1750000000"])
            try #require(made.status == .exited(code: 0), "\(made.errors)")
            let pages = ["deployd-worker.7", "deployd.1", "deployd.json.5", "release.json.5"]
            #expect(try Files.list(scratch.path("man")).sorted() == pages)
            for page in pages {
                let lint = try Child.run([mandoc, "-T", "lint", "-W", "style", scratch.path("man/\(page)")])
                #expect(lint.output + lint.errors == "", "\(page)")
            }
            let read = { (page: String) in try Child.run([mandoc, "-T", "ascii", scratch.path("man/\(page)")]).output }
            let help = try Child.run([try Products.path("deployd"), "help"]).output
            let verbs = help.split(separator: "\n").compactMap { $0.wholeMatch(of: #/  ([a-z]+) +[a-z].*/#)?.1 }
            #expect(verbs.count > 15)
            let command = try read("deployd.1").replacing(/.\u{8}/, with: "")
            for verb in verbs { #expect(command.contains("deployd \(verb)"), "\(verb)") }
            #expect(try read("deployd.json.5").replacing(/.\u{8}/, with: "").contains("policies.logs.limit (size"))
            #expect(try read("release.json.5").replacing(/.\u{8}/, with: "").contains("drain.requests (duration"))
        }

        @Test("The same sources give the same packages, byte by byte, of which lintian has nothing to complain")
        func packages() throws {
            let program = try program()
            for output in ["one", "two"] {
                let made = try makePackages(of: program, in: output)
                try #require(made.status == .exited(code: 0), "\(made.output)\(made.errors)")
            }
            let names = try Files.list(scratch.path("one")).sorted()
            #expect(names.count == 4)
            for name in names {
                let bytes = try ["one", "two"].map { try Files.read(scratch.path("\($0)/\(name)"), limit: 1 << 26) }
                #expect(bytes[0] == bytes[1], "\(name)")
            }
            let packages = names.filter { $0.hasSuffix(".deb") }.map { scratch.path("one/\($0)") }
            #expect(packages.count == 2)
            let lintian = try Child.run(
                [try Program.path("lintian"), "--allow-root", "--fail-on", "error,warning"] + packages)
            #expect(lintian.status == .exited(code: 0), "\(lintian.output)\(lintian.errors)")
            for package in packages where package.contains("/deployd_") { try look(into: package) }
        }

        private func look(into package: String) throws {
            let tree = scratch.path("tree")
            let unpacked = try Child.run([try Program.path("dpkg-deb"), "--raw-extract", package, tree])
            #expect(unpacked.status == .exited(code: 0))
            let scripts = ["postinst", "prerm", "postrm"].map { "\(tree)/DEBIAN/\($0)" }
            let shellcheck = try Child.run([try Program.path("shellcheck"), "--shell=sh"] + scripts)
            #expect(shellcheck.status == .exited(code: 0), "\(shellcheck.output)")
            let text = { (file: String) in String(decoding: try Files.read("\(tree)/\(file)"), as: UTF8.self) }
            let (unit, template) = (
                try text("usr/lib/systemd/system/deployd.service"), try text("usr/lib/systemd/system/deployd@.service")
            )
            // The template is the unit with other names, and no more.
            #expect(unit.contains("\nExecStart=/usr/bin/deployd start --config /etc/deployd/deployd.json\n"))
            let lines = { (text: String) in text.split(separator: "\n").drop { $0 != "[Unit]" } }
            let back = template.replacing("/etc/deployd/%i.json", with: "/etc/deployd/deployd.json")
                .replacing("/srv/%i", with: "/srv/site").replacing("deployd-%i", with: "deployd")
            #expect(lines(back) == lines(unit))
            #expect(!lines(template).contains { $0.contains("=deployd") && !$0.contains("%i") })
            #expect(try text("DEBIAN/control").contains("\nDepends: libc6 (>= 2."))
        }

        @Test("A program that would not run where people install it is refused")
        func refused() throws {
            let foreign = try makePackages(of: try Products.path("deployd"), in: "out")
            #expect(foreign.status == .exited(code: 1))
            #expect(foreign.errors.contains("it runs only where Swift is; expected a release build"))
            // arc4random(3) came with glibc 2.36, which Debian 12 has.
            let newer = try makePackages(of: try program("newer", more: "arc4random() * 0"), in: "out")
            #expect(newer.status == .exited(code: 1))
            #expect(newer.errors.contains("needs GLIBC_2.36, expected GLIBC_2.34 at most"), "\(newer.errors)")
        }
    }
}
