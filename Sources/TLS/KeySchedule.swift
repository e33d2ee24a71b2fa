internal import CLinux
internal import Linux

/// HKDF-Expand-Label (RFC 8446 section 7.1) of results that are not longer than the hash: one HMAC.
enum KeySchedule {
    /// Writes `count` bytes of the secret's expansion by `label` to `out`, which may be the secret's own place. The secret is as long
    /// as the suite's hash.
    static func expand(
        _ suite: CipherSuite, _ secret: UnsafeRawPointer, _ label: StaticString, into out: UnsafeMutableRawPointer,
        count: Int
    ) {
        precondition(count <= suite.hashBytes)
        var info: [UInt8] = [0, UInt8(count), UInt8(6 + label.utf8CodeUnitCount)]
        info += Array("tls13 ".utf8)
        unsafe info.append(contentsOf: UnsafeBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount))
        info += [0, 1]
        var result = InlineArray<48, UInt8>(repeating: 0)
        let hash = unsafe suite == .aes256GCM ? clinux_EVP_sha384() : clinux_EVP_sha256()
        var span = result.mutableSpan
        unsafe span.withUnsafeMutableBytes { bytes in
            var length: CUnsignedInt = 0
            let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let done = unsafe clinux_HMAC(hash, secret, CInt(suite.hashBytes), info, info.count, start, &length)
            guard unsafe done != nil, Int(length) == suite.hashBytes else { fatalError("HMAC failed") }
            unsafe out.copyMemory(from: start, byteCount: count)
            unsafe Memory.wipe(bytes)
        }
    }
}
