import TLS
import TestSupport
import Testing

@Suite("OpenSSL, opened at run time")
struct TLSLibraryTests {
    @Test("It is opened, and is OpenSSL 3")
    func open() throws {
        let library = try TLSLibrary.open()
        #expect(library.version.hasPrefix("OpenSSL 3."))
        #expect(library.takeError() == nil)
    }

    @Test("What is missing is named, with the package that has it")
    func missing() {
        let remedy = "install the Debian package libssl3 (OpenSSL 3.0 or later)"
        #expect(
            TLSLibrary.Missing(part: "libssl.so.3").description
                == "TLS needs libssl.so.3, which cannot be opened: \(remedy)")
        #expect(
            TLSLibrary.Missing(part: "SSL_new").description
                == "TLS needs OpenSSL 3, but its library has no SSL_new: \(remedy)")
    }
}
