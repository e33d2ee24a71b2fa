/// Numbers that OpenSSL has as macros: ssl.h, tls1.h, bio.h, evp.h, obj_mac.h, x509v3.h of OpenSSL 3.0. They are part of its binary
/// interface, and cannot change within libssl.so.3.
enum OpenSSL {
    // SSL_get_error(3)
    static let errorSSL: CInt = 1
    static let errorWantRead: CInt = 2
    static let errorWantWrite: CInt = 3
    static let errorZeroReturn: CInt = 6

    // SSL_CTX_ctrl(3), SSL_ctrl(3)
    static let setMode: CInt = 33
    static let setReadAhead: CInt = 41
    static let setSessionCacheMode: CInt = 44
    static let setServerName: CInt = 55
    static let addChainCertificate: CInt = 89
    static let setGroupsList: CInt = 92
    static let setMinimumVersion: CInt = 123
    static let setMaximumVersion: CInt = 124

    static let version12: Int = 0x0303
    static let version13: Int = 0x0304

    // SSL_CTX_set_session_cache_mode(3)
    static let cacheOff: Int = 0
    static let cacheClient: Int = 1

    // SSL_CTX_set_mode(3)
    static let modeReleaseBuffers: Int = 0x10

    // SSL_CTX_set_options(3)
    static let noRenegotiation: UInt64 = 1 << 30
    static let noTicket: UInt64 = 1 << 14
    static let noCompression: UInt64 = 1 << 17
    static let serverPreference: UInt64 = 1 << 22
    static let prioritizeChaCha: UInt64 = 1 << 21
    static let ignoreUnexpectedEnd: UInt64 = 1 << 7

    // SSL_CTX_set_tlsext_servername_callback(3), SSL_CTX_set_alpn_select_cb(3)
    static let extensionOK: CInt = 0
    static let extensionFatal: CInt = 2
    static let extensionNoAcknowledgement: CInt = 3
    static let hostName: CInt = 0

    // BIO_ctrl(3)
    static let bioPending: CInt = 10
    static let bioSetEndOfFile: CInt = 130

    // EVP_EncryptInit(3)
    static let gcmGetTag: CInt = 0x10
    static let gcmSetTag: CInt = 0x11

    // Names of things (obj_mac.h)
    static let commonName: CInt = 13
    static let organization: CInt = 17
    static let subjectAltName: CInt = 85
    static let keyRSA: CInt = 6
    static let keyEC: CInt = 408
    static let keyEd25519: CInt = 1087

    // GENERAL_NAME(3)
    static let nameDNS: CInt = 2

    /// Whether an error says that a file of PEM has no more blocks of the kind that was asked for: PEM_R_NO_START_LINE of ERR_LIB_PEM.
    static func isEndOfPEM(_ error: UInt) -> Bool { error >> 23 & 0xff == 9 && error & 0x7f_ffff == 108 }

    // OSSL_PARAM(3)
    static let parameterText: CUnsignedInt = 4
    static let parameterBytes: CUnsignedInt = 5
}
