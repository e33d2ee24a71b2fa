internal import CLinux
internal import Linux

/// OpenSSL 3, opened. Who has a value of this type may call `clinux_SSL_…` and its like: that is the value's whole meaning.
///
/// Nothing is opened before somebody asks, and then once in a process: without `tls` in the configuration no library is needed.
package struct TLSLibrary: Sendable {
    /// The library is not here, or is none that we can use.
    package struct Missing: Error, Equatable, Sendable, CustomStringConvertible {
        /// The name of a file, or of a function that the library does not have.
        package let part: String

        /// The want of a file or a function.
        package init(part: String) { self.part = part }

        /// "TLS needs libssl.so.3, which …: install the Debian package libssl3".
        package var description: String {
            let found =
                part.contains(".so")
                ? "TLS needs \(part), which cannot be opened" : "TLS needs OpenSSL 3, but its library has no \(part)"
            return "\(found): install the Debian package libssl3 (OpenSSL 3.0 or later)"
        }
    }

    private static let opened: Result<TLSLibrary, Missing> = {
        if let part = unsafe clinux_tls_open() { return .failure(Missing(part: unsafe String(cString: part))) }
        return .success(TLSLibrary())
    }()

    private init() {}

    /// Opens libssl.so.3 and libcrypto.so.3; they stay open. Reads files, so not to be called from a loop that serves.
    package static func open() throws(Missing) -> TLSLibrary { try opened.get() }

    /// "OpenSSL 3.0.17 1 Jul 2025".
    package var version: String {
        guard let text = unsafe clinux_OpenSSL_version(0) else { return "OpenSSL" }
        return unsafe String(cString: text)
    }

    /// Why the last call failed, in OpenSSL's words ("key values mismatch"), and forgets it; nil if it has said nothing.
    package func takeError() -> String? {
        defer { clinux_ERR_clear_error() }
        let error = clinux_ERR_peek_last_error()
        guard error != 0 else { return nil }
        guard let text = unsafe clinux_ERR_reason_error_string(error) else { return "error \(error)" }
        return unsafe String(cString: text)
    }
}
