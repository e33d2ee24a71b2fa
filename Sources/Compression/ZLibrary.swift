internal import CLinux

/// zlib, opened. A value of this type is the right to make a `Deflater`.
///
/// Nothing is opened before somebody asks, and then once in a process: who compresses nothing needs no library.
package struct ZLibrary: Sendable {
    /// The library is not here, or is none that we can use.
    package struct Missing: Error, Equatable, Sendable, CustomStringConvertible {
        /// The name of a file, or of a function that the library does not have.
        package let part: String

        /// The want of a file or a function.
        package init(part: String) { self.part = part }

        /// "compression needs libz.so.1, which …: install the Debian package zlib1g".
        package var description: String {
            let found =
                part.contains(".so")
                ? "compression needs \(part), which cannot be opened"
                : "compression needs zlib, but its library has no \(part)"
            return "\(found): install the Debian package zlib1g"
        }
    }

    private static let opened: Result<ZLibrary, Missing> = {
        if let part = unsafe clinux_z_open() { return .failure(Missing(part: unsafe String(cString: part))) }
        return .success(ZLibrary())
    }()

    private init() {}

    /// Opens libz.so.1, which stays open. Reads files, so not to be called from a loop that serves.
    package static func open() throws(Missing) -> ZLibrary { try opened.get() }

    /// "1.2.13".
    package var version: String {
        guard let text = unsafe clinux_z_version() else { return "" }
        return unsafe String(cString: text)
    }
}
