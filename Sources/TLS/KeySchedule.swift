internal import CLinux
internal import Linux

/// HKDF-Expand-Label (RFC 8446 section 7.1) of results that are not longer than the hash: one HMAC. Hashes are looked up once: HMAC(3)
/// looks for its parts at each call, which takes as long as a small record's whole way.
@safe
final class KeySchedule {
    private let sha256: OpaquePointer
    private let sha384: OpaquePointer
    private let context: OpaquePointer

    /// Nil when OpenSSL lacks a hash.
    init?() {
        guard let sha256 = unsafe clinux_EVP_MD_fetch(nil, "SHA256", nil),
            let sha384 = unsafe clinux_EVP_MD_fetch(nil, "SHA384", nil), let context = unsafe clinux_EVP_MD_CTX_new()
        else { return nil }
        unsafe self.sha256 = sha256
        unsafe self.sha384 = sha384
        unsafe self.context = context
    }

    deinit { unsafe clinux_EVP_MD_CTX_free(context) }

    /// Writes `count` bytes of the secret's expansion by `label` to `out`, which may be the secret's own place. The secret is as long
    /// as the suite's hash.
    func expand(
        _ suite: CipherSuite, _ secret: UnsafeRawPointer, _ label: StaticString, into out: UnsafeMutableRawPointer,
        count: Int
    ) {
        precondition(count <= suite.hashBytes)
        var info: [UInt8] = [0, UInt8(count), UInt8(6 + label.utf8CodeUnitCount)]
        info += Array("tls13 ".utf8)
        unsafe info.append(contentsOf: UnsafeBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount))
        info += [0, 1]
        var result = InlineArray<64, UInt8>(repeating: 0)
        let isLong = suite == .aes256GCM
        var span = result.mutableSpan
        unsafe span.withUnsafeMutableBytes { bytes in
            let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let done = unsafe clinux_tls_hmac(
                context, isLong ? sha384 : sha256, isLong ? 128 : 64, secret.assumingMemoryBound(to: UInt8.self),
                CInt(suite.hashBytes), info, CInt(info.count), start)
            guard done == 1 else { fatalError("HMAC failed") }
            unsafe out.copyMemory(from: start, byteCount: count)
            unsafe Memory.wipe(bytes)
        }
    }
}
