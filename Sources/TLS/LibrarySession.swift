internal import CLinux
internal import Linux

/// A connection whose records are libssl's, between two buffers in memory: one of TLS 1.2, which cannot go to another worker.
@safe
package final class LibrarySession {
    let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private var context: ServerContext?

    /// Takes over an SSL object. Nil: there is no memory; then the object is freed.
    init?(_ ssl: OpaquePointer) {
        guard let input = unsafe clinux_BIO_new(clinux_BIO_s_mem()) else {
            unsafe clinux_SSL_free(ssl)
            return nil
        }
        guard let output = unsafe clinux_BIO_new(clinux_BIO_s_mem()) else {
            unsafe clinux_BIO_free(input)
            unsafe clinux_SSL_free(ssl)
            return nil
        }
        // Nothing there is not the end: more may come (BIO_set_mem_eof_return).
        _ = unsafe clinux_BIO_ctrl(input, OpenSSL.bioSetEndOfFile, -1, nil)
        _ = unsafe clinux_BIO_ctrl(output, OpenSSL.bioSetEndOfFile, -1, nil)
        unsafe clinux_SSL_set_bio(ssl, input, output)
        unsafe self.ssl = ssl
        unsafe self.input = input
        unsafe self.output = output
    }

    deinit { unsafe clinux_SSL_free(ssl) }

    /// Has the session keep what its certificate belongs to.
    func keep(_ context: ServerContext) { self.context = context }

    /// The host that the client has named; empty if it has named none.
    package var serverName: [UInt8] {
        guard let text = unsafe clinux_SSL_get_servername(ssl, OpenSSL.hostName) else { return [] }
        return unsafe Array(String(cString: text).utf8.prefix(255))
    }

    /// The protocol that was agreed on; empty if there was none.
    var application: [UInt8] {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        unsafe clinux_SSL_get0_alpn_selected(ssl, &name, &count)
        return unsafe name.map { unsafe Array(UnsafeBufferPointer(start: $0, count: Int(count))) } ?? []
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        _ = unsafe clinux_BIO_write(input, bytes.baseAddress, CInt(bytes.count))
    }

    private var hasOutput: Bool { unsafe clinux_BIO_ctrl(output, OpenSSL.bioPending, 0, nil) > 0 }

    /// Appends what libssl has to send.
    package func readOutput(into out: inout [UInt8]) {
        let count = unsafe Int(clinux_BIO_ctrl(output, OpenSSL.bioPending, 0, nil))
        guard count > 0 else { return }
        out += unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            filled = unsafe max(0, Int(clinux_BIO_read(output, room.baseAddress, CInt(clamping: count))))
        }
    }

    /// Takes all of `input`, and decrypts into `output`, which has room for as many bytes and a record more.
    package func open(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> RecordLayer.Opened
    {
        unsafe write(input)
        var opened = RecordLayer.Opened(consumed: input.count)
        clinux_ERR_clear_error()
        while opened.content < output.count {
            let result = unsafe clinux_SSL_read(
                ssl, output.baseAddress! + opened.content, CInt(output.count - opened.content))
            if result > 0 {
                opened.content += Int(result)
                continue
            }
            switch unsafe clinux_SSL_get_error(ssl, result) {
            case OpenSSL.errorWantRead, OpenSSL.errorWantWrite: break
            case OpenSSL.errorZeroReturn: opened.end = .closed
            default: opened.end = .failed(.unexpectedMessage)
            }
            break
        }
        clinux_ERR_clear_error()
        // What libssl says by itself is an alert, or that it does not renegotiate: nobody would ever send it, and a client that goes on
        // to ask would have it pile up.
        if opened.end == nil, hasOutput { opened.end = .failed(.unexpectedMessage) }
        return opened
    }

    /// Appends application data as records. False: the connection is broken.
    package func seal(_ content: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Bool {
        guard content.count > 0 else { return true }
        clinux_ERR_clear_error()
        let result = unsafe clinux_SSL_write(ssl, content.baseAddress, CInt(content.count))
        readOutput(into: &out)
        return Int(result) == content.count
    }

    /// Appends close_notify.
    package func sealClose(into out: inout [UInt8]) {
        clinux_ERR_clear_error()
        _ = unsafe clinux_SSL_shutdown(ssl)
        clinux_ERR_clear_error()
        readOutput(into: &out)
    }
}
