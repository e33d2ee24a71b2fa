import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What starts a program")
struct ProgramStartTests {
    /// A script's first line, and a word of what is found; nil: nothing stands in the way.
    static let lines: [(String, String?)] = [
        ("#!/bin/sh", nil),
        ("#! /bin/sh -e", nil),
        ("#!/bin/sh\r", "carriage return"),
        ("#!/usr/bin/env sh\r", "carriage return"),
        ("#!/opt/python9/bin/python3", "no program /opt/python9/bin/python3"),
        ("#!/opt/python9/bin/python3 -u", "no program /opt/python9/bin/python3"),
        ("#!/etc/passwd", "no permission to execute /etc/passwd"),
        ("#!/etc", "no program /etc"),
        ("#!", "\"#!\""),
        ("#!/usr/bin/env sh", nil),
        ("#!/usr/bin/env python9", "no program \"python9\" on PATH"),
        ("#!/usr/bin/env sh -e", "no program \"sh -e\" on PATH"),
        ("#!/usr/bin/env -S sh -e", nil),
        ("#!/usr/bin/env -S LANG=C python9 -u", "no program \"python9\" on PATH"),
        ("#!/usr/bin/env /opt/python9", "no program /opt/python9"),
        ("#!/usr/bin/env", nil),
        ("#!interpreter", nil),
        ("#!bin/none", "/bin/none"),
        ("echo no interpreter", "names no interpreter"),
        ("\u{FEFF}#!/bin/sh", "byte order mark"),
        ("\u{1}binary", nil),
    ]

    @Test("A script's interpreter is looked for as the kernel and env do it", arguments: lines)
    func scripts(line: String, found: String?) throws {
        let scratch = try TemporaryDirectory()
        let script = try scratch.write("run", "\(line)\nexit\n", mode: 0o755)
        try scratch.write("interpreter", "#!/bin/sh\n", mode: 0o755)
        let obstacle = ProgramStart(directory: scratch.path, searchPath: "/usr/bin:/bin").obstacle(to: script)
        guard let found else { return #expect(obstacle == nil) }
        #expect(try #require(obstacle).text.contains(found), "\(obstacle.map(\.text) ?? "")")
    }

    @Test("What is started in the place of a script is known, link by link")
    func interpreters() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("bin/python", "#!/bin/sh\n", mode: 0o755)
        let script = try scratch.write("run", "#!/usr/bin/env -S python -u\n", mode: 0o755)
        let start = ProgramStart(directory: scratch.path, searchPath: scratch.path("bin"))
        #expect(start.interpreters(of: script) == [scratch.path("bin/python"), "/bin/sh"])
        #expect(
            start.interpreters(of: script, namingEnv: true) == ["/usr/bin/env", scratch.path("bin/python"), "/bin/sh"])
        #expect(start.interpreters(of: "/bin/sh") == [])
    }

    @Test("An interpreter may be a script itself, whose own interpreter is missing; a circle of them ends")
    func nested() throws {
        let scratch = try TemporaryDirectory()
        let start = ProgramStart(directory: scratch.path, searchPath: "/usr/bin:/bin")
        try scratch.write("inner", "#!/opt/none\n", mode: 0o755)
        let outer = try scratch.write("outer", "#!\(scratch.path("inner"))\n", mode: 0o755)
        #expect(try #require(start.obstacle(to: outer)).found.contains("no program /opt/none"))
        let circle = try scratch.write("circle", "#!\(scratch.path("circle"))\n", mode: 0o755)
        #expect(start.obstacle(to: circle) == nil)
    }

    @Test("A binary's loader is looked for; a header that makes no sense stands in nobody's way")
    func binaries() throws {
        let scratch = try TemporaryDirectory()
        let start = ProgramStart(directory: scratch.path, searchPath: "/usr/bin:/bin")
        let own = try ThisProcess.executable()
        #expect(start.obstacle(to: own) == nil)
        var bytes = Array(try Files.read("/bin/true"))
        let loader = Array("/lib64/ld-linux-x86-64.so.2".utf8)
        guard let place = bytes.firstRange(of: loader) else {
            return skipped("A binary's loader is looked for", because: "this machine is no x86-64")
        }
        bytes.replaceSubrange(place, with: Array("/lib64/ld-other-x86-64.so.2".utf8))
        try Files.replace(scratch.path("foreign"), with: bytes, mode: 0o755)
        let obstacle = try #require(start.obstacle(to: scratch.path("foreign")))
        #expect(obstacle.found.hasSuffix("loader /lib64/ld-other-x86-64.so.2 does not exist"))
        for length in [5, 40, 63, 64, 100, 700] {
            try Files.replace(scratch.path("cut"), with: Array(bytes.prefix(length)), mode: 0o755)
            #expect(length >= 700 || start.obstacle(to: scratch.path("cut")) == nil)
        }
        for index in 32..<64 { bytes[index] = 0xFF }
        try Files.replace(scratch.path("wild"), with: bytes, mode: 0o755)
        #expect(start.obstacle(to: scratch.path("wild")) == nil)
    }
}
