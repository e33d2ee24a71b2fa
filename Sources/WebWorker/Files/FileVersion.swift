internal import Linux

/// What an answer says of a file besides its bytes, and what a client's copy is compared with.
///
/// The time that a file bears says little: builds that can be repeated give the same one to all their files, and copies
/// keep it. So the tag is of the content where that is in memory, else of the file itself, in which two releases always
/// differ; and the date is the kernel's own, of the last change.
struct FileVersion: Sendable, Equatable {
    /// The length in bytes.
    let size: Int
    /// The last change in seconds since 1970; never in the future.
    let modified: Int
    /// The strong entity tag with its quotes.
    let tag: [UInt8]
    /// The modification time was set to another one than the kernel's.
    private let isTimeSet: Bool

    /// Of an open file; `now` in seconds since 1970.
    init(_ status: FileStatus, now: Int) {
        size = status.size
        let changed = Int(status.changed.components.seconds)
        modified = min(changed, now)
        isTimeSet = Int(status.modified.components.seconds) != changed
        let nanoseconds = UInt64(status.changed.components.attoseconds / 1_000_000_000)
        tag = Self.tag([
            status.device, status.inode, UInt64(bitPattern: Int64(changed)), nanoseconds, UInt64(status.size),
        ])
    }

    private init(_ version: FileVersion, tag: [UInt8]) {
        size = version.size
        modified = version.modified
        isTimeSet = version.isTimeSet
        self.tag = tag
    }

    /// The same, with the tag that its content has wherever and whenever it is served.
    func tagged(by content: [UInt8], _ coding: ContentCoding?) -> FileVersion {
        let digest = ContentDigest(content)
        return FileVersion(self, tag: Self.tag([digest.first, digest.second, UInt64(size), coding == nil ? 0 : 1]))
    }

    private static func tag(_ parts: [UInt64]) -> [UInt8] {
        Array("\"\(parts.map { String($0, radix: 16) }.joined(separator: "-"))\"".utf8)
    }

    /// Whether a copy of this date is this version, as far as a date can tell (RFC 9110 section 8.8.2.2): when the file
    /// cannot have changed twice in that second. Of several releases that were unpacked with times of their own it takes
    /// a minute until that is sure. `now` in seconds since 1970.
    func isOf(_ date: Int, now: Int) -> Bool { date == modified && (!isTimeSet || now - date > 60) }

    /// Appends Last-Modified and ETag.
    func writeFields(to bytes: inout [UInt8]) {
        bytes.append(ascii: "Last-Modified: ")
        HTTPDate.append(modified, to: &bytes)
        bytes.append(ascii: "\r\nETag: ")
        bytes.append(contentsOf: tag)
        bytes.append(ascii: "\r\n")
    }
}

/// 128 bits in which two contents differ, unless somebody has made them so that they do not: whoever writes files may also
/// write the same file twice.
struct ContentDigest: Equatable, Sendable {
    private(set) var first: UInt64 = 0x9e37_79b9_7f4a_7c15
    private(set) var second: UInt64 = 0xc2b2_ae3d_27d4_eb4f

    init(_ content: [UInt8]) {
        let raw = unsafe content.span.bytes
        var index = 0
        while index + 8 <= content.count {
            mix(unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var last: UInt64 = 0
        while index < content.count {
            last = last << 8 | UInt64(content[index])
            index += 1
        }
        mix(last)
        mix(UInt64(content.count))
    }

    private mutating func mix(_ word: UInt64) {
        first = (first ^ word) &* 0xff51_afd7_ed55_8ccd
        first ^= first >> 32
        second = (second &+ word) &* 0xc4ce_b9fe_1a85_ec53
        second ^= second >> 29
    }
}
