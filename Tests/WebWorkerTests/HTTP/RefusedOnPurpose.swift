@testable import WebWorker

/// The cases that we decide otherwise than their suite, each with the paragraph that lets us, or makes us.
///
/// Long because it is a list: two thirds are the suites' older or lenient modes.
enum RefusedOnPurpose {
    struct Entry {
        let outcome: RequestReader.Outcome
        let paragraph: String
    }

    /// By suite, then by mode and case.
    static let cases: [String: [String: [Entry]]] = {
        var table: [String: [String: [Entry]]] = [:]
        for group in groups {
            for line in group.cases.split(separator: "\n") {
                let entry = Entry(outcome: group.outcome, paragraph: group.paragraph)
                table[group.suite, default: [:]][String(line), default: []].append(entry)
            }
        }
        return table
    }()

    /// The name under which a case stands in the list.
    static func key(_ vector: VectorFile.Case) -> String {
        var key = String((vector.mode + " | " + vector.id).prefix(96))
        while key.last == " " { key.removeLast() }
        return key
    }

    private struct Group {
        let suite: String
        let outcome: RequestReader.Outcome
        let paragraph: String
        /// One case a line: mode and name, or the first 96 characters of them.
        let cases: String
    }

    private static let groups: [Group] = [
        Group(
            suite: "apache-http-strict", outcome: .refused(.version),
            paragraph: "RFC 9112 section 2.3: only HTTP/1.x has this syntax",
            cases: #"""
                HttpProtocolOptions Strict | 13 b'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n'
                """#),
        Group(
            suite: "apache-http-strict", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                HttpProtocolOptions Strict | 79 b'RFoo: bar'
                HttpProtocolOptions Strict | 80 b'RFoo:'
                HttpProtocolOptions Strict | 85 b'RFoo: b\tar'
                """#),
        Group(
            suite: "apache-http-strict", outcome: .incomplete,
            paragraph: "no request: a setting of Apache's test",
            cases: #"""
                HttpProtocolOptions Strict | 89 b'http_unsafe'
                HttpProtocolOptions Strict | 90 b'http_strict'
                """#),
        Group(
            suite: "aws-desync-guardian", outcome: .refused(.unknownCoding),
            paragraph: "RFC 9112 section 6.1: 501 for a coding that the server does not know",
            cases: #"""
                Compliant | more-compliant-tests.yaml: Correct TE OK
                Compliant | more-compliant-tests.yaml: Multiple transfer encoding headers in a single request OK
                Compliant | more-compliant-tests.yaml: Transfer-Encoding: identity and chunked OK
                Compliant | rfc-compliant.yaml: Different Transfer-Encoding headers
                Compliant | rfc-compliant.yaml: Different Transfer-Encoding headers combined
                """#),
        Group(
            suite: "aws-desync-guardian", outcome: .refused(.transferEncoding),
            paragraph: "RFC 9112 section 6.1: one Transfer-Encoding, of chunked alone, and no Content-Length",
            cases: #"""
                Compliant | more-compliant-tests.yaml: TE with custom parameters OK
                Compliant | rfc-compliant.yaml: Transfer-Encoding with a param: chunked;custom_param
                """#),
        Group(
            suite: "aws-desync-guardian", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                Compliant | rfc-compliant.yaml: Compliant URL
                """#),
        Group(
            suite: "aws-desync-guardian", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                Compliant | rfc-compliant.yaml: Empty URI
                """#),
        Group(
            suite: "go-readrequest", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                default | reqTests 0 b'GET http://www.techcrunch.com/ HTTP/1.1\r'
                """#),
        Group(
            suite: "go-readrequest", outcome: .refused(.connect),
            paragraph: "RFC 9110 section 9.3.6: CONNECT is for proxies",
            cases: #"""
                default | reqTests 6 b'CONNECT www.google.com:443 HTTP/1.1\r\n\r\n'
                default | reqTests 7 b'CONNECT 127.0.0.1:6060 HTTP/1.1\r\n\r\n'
                default | reqTests 8 b'CONNECT /_goRPC_ HTTP/1.1\r\n\r\n'
                """#),
        Group(
            suite: "go-readrequest", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                default | reqTests 9 b'NOTIFY * HTTP/1.1\r\nServer: foo\r\n\r\n'
                """#),
        Group(
            suite: "go-readrequest", outcome: .refused(.version),
            paragraph: "RFC 9112 section 2.3: only HTTP/1.x has this syntax",
            cases: #"""
                default | reqTests 13 b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                default | valid/005
                default | valid/009
                default | valid/014
                default | valid/027
                default | valid/rfc9112_target_absolute_userinfo_01
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.headTooLarge),
            paragraph: "RFC 9110 section 5.4: a server may limit fields; the suite raised its own limit",
            cases: #"""
                limit_request_field_size | valid/026
                limit_request_field_size+limit_request_line | valid/024
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.unknownCoding),
            paragraph: "RFC 9112 section 6.1: 501 for a coding that the server does not know",
            cases: #"""
                default | valid/025
                default | valid/025_line
                default | valid/029
                default | valid/030
                default | valid/rfc9112_smuggle_gzip_chunked_01
                default | valid/rfc9112_smuggle_te_identity_chunked_01
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.field),
            paragraph: "RFC 9112 section 5.1: no space before the colon; and no second spelling of a framing field",
            cases: #"""
                default | valid/040
                header_map | valid/040_compat
                strip_header_spaces | valid/028
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.foldedLine),
            paragraph: "RFC 9112 section 5.2: a server must refuse a folded line or replace it",
            cases: #"""
                permit_obsolete_folding | valid/compat_obs_fold
                permit_obsolete_folding | valid/compat_obs_fold_huge
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                proxy_protocol | valid/pp_01
                proxy_protocol | valid/pp_02
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.controlCharacter),
            paragraph: "RFC 9110 section 5.5: no control characters in a value; PROXY protocol is not HTTP",
            cases: #"""
                proxy_protocol | valid/pp_04
                proxy_protocol | valid/pp_05
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .refused(.connect),
            paragraph: "RFC 9110 section 9.3.6: CONNECT is for proxies",
            cases: #"""
                default | valid/rfc9112_target_authority_connect_01
                default | valid/rfc9112_target_authority_ipv6_01
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .complete,
            paragraph: "gunicorn's own limit of 4094; RFC 9112 section 3 recommends at least 8000",
            cases: #"""
                default | invalid/006
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .complete,
            paragraph: "gunicorn's limit set to a few bytes for the case",
            cases: #"""
                limit_request_field_size | invalid/010
                limit_request_field_size | invalid/012
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .complete,
            paragraph: "gunicorn's limit set to two fields for the case",
            cases: #"""
                limit_request_fields | invalid/011
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .complete,
            paragraph: "a rule of gunicorn's about X-Forwarded fields, none of HTTP",
            cases: #"""
                forwarded_allow_ips | invalid/019
                """#),
        Group(
            suite: "gunicorn-treq", outcome: .incomplete,
            paragraph: "RFC 9112 section 8: incomplete, until the connection ends",
            cases: #"""
                default | invalid/rfc9112_chunked_missing_final_crlf_01
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                default | fragment in url
                default | host:port and basic_auth
                default | m-search request
                default | post identity body world
                default | with quotes
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                default | multiple connection header values with folding and lws
                default | request with no http version
                default | source request
                default | upgrade post request
                default | upgrade request
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.connect),
            paragraph: "RFC 9110 section 9.3.6: CONNECT is for proxies",
            cases: #"""
                default | connect caps request
                default | connect request
                default | connect with body request
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.foldedLine),
            paragraph: "RFC 9112 section 5.2: a server must refuse a folded line or replace it",
            cases: #"""
                default | line folding in header value
                default | multiple connection header values with folding
                default | multiple connection header values with folding and lws
                default | test_simple b'POST / HTTP/1.1\r\nContent-Length:  42\r\n \r\n'
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.bareLineEnd),
            paragraph: "RFC 9112 section 2.2: LF alone may be refused, CR alone must be",
            cases: #"""
                default | line folding in header value
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.unknownCoding),
            paragraph: "RFC 9112 section 6.1: 501 for a coding that the server does not know",
            cases: #"""
                default | post - multi coding transfer-encoding chunked body
                """#),
        Group(
            suite: "http-parser", outcome: .refused(.transferEncoding),
            paragraph: "RFC 9112 section 6.1: one Transfer-Encoding, of chunked alone, and no Content-Length",
            cases: #"""
                default | chunked with content-length set, allow_chunked_length flag is set
                default | post - multi line coding transfer-encoding chunked body
                """#),
        Group(
            suite: "httparse-request", outcome: .refused(.bareLineEnd),
            paragraph: "RFC 9112 section 2.2: LF alone may be refused, CR alone must be",
            cases: #"""
                headers-only | test_request_empty_lines_prefix_lf_only
                headers-only | test_request_newlines
                headers-only | test_request_path_backslash
                """#),
        Group(
            suite: "httparse-request", outcome: .refused(.host),
            paragraph: "RFC 9110 section 4.2.1: an http URI with an empty host, or with user information, is refused",
            cases: #"""
                headers-only | urltest_037
                headers-only | urltest_038
                headers-only | urltest_039
                headers-only | urltest_040
                headers-only | urltest_041
                headers-only | urltest_049
                headers-only | urltest_050
                headers-only | urltest_051
                headers-only | urltest_052
                headers-only | urltest_053
                headers-only | urltest_054
                headers-only | urltest_068
                headers-only | urltest_069
                headers-only | urltest_070
                headers-only | urltest_071
                headers-only | urltest_072
                headers-only | urltest_076
                headers-only | urltest_077
                headers-only | urltest_078
                headers-only | urltest_079
                headers-only | urltest_080
                headers-only | urltest_081
                headers-only | urltest_123
                headers-only | urltest_124
                headers-only | urltest_125
                headers-only | urltest_126
                headers-only | urltest_127
                headers-only | urltest_128
                headers-only | urltest_141
                headers-only | urltest_142
                headers-only | urltest_156
                headers-only | urltest_158
                headers-only | urltest_159
                headers-only | urltest_161
                headers-only | urltest_162
                headers-only | urltest_164
                headers-only | urltest_165
                headers-only | urltest_167
                headers-only | urltest_170
                headers-only | urltest_172
                headers-only | urltest_173
                headers-only | urltest_190
                headers-only | urltest_191
                headers-only | urltest_192
                headers-only | urltest_193
                headers-only | urltest_194
                headers-only | urltest_195
                headers-only | urltest_196
                headers-only | urltest_197
                headers-only | urltest_198
                headers-only | urltest_199
                headers-only | urltest_200
                headers-only | urltest_201
                headers-only | urltest_202
                headers-only | urltest_203
                headers-only | urltest_204
                headers-only | urltest_205
                headers-only | urltest_206
                headers-only | urltest_207
                headers-only | urltest_208
                headers-only | urltest_209
                headers-only | urltest_213
                headers-only | urltest_214
                headers-only | urltest_215
                headers-only | urltest_216
                headers-only | urltest_217
                headers-only | urltest_218
                headers-only | urltest_221
                headers-only | urltest_222
                headers-only | urltest_223
                headers-only | urltest_224
                headers-only | urltest_225
                headers-only | urltest_226
                headers-only | urltest_227
                headers-only | urltest_228
                headers-only | urltest_229
                headers-only | urltest_230
                headers-only | urltest_233
                headers-only | urltest_234
                headers-only | urltest_246
                headers-only | urltest_247
                headers-only | urltest_258
                headers-only | urltest_259
                headers-only | urltest_260
                """#),
        Group(
            suite: "httparse-request", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                headers-only | urltest_056
                headers-only | urltest_057
                headers-only | urltest_058
                headers-only | urltest_059
                headers-only | urltest_060
                headers-only | urltest_066
                headers-only | urltest_067
                headers-only | urltest_119
                headers-only | urltest_129
                headers-only | urltest_130
                headers-only | urltest_131
                headers-only | urltest_132
                headers-only | urltest_133
                headers-only | urltest_145
                headers-only | urltest_146
                headers-only | urltest_147
                headers-only | urltest_148
                headers-only | urltest_149
                headers-only | urltest_168
                headers-only | urltest_169
                headers-only | urltest_174
                headers-only | urltest_175
                headers-only | urltest_176
                headers-only | urltest_177
                headers-only | urltest_231
                headers-only | urltest_232
                headers-only | urltest_244
                headers-only | urltest_245
                headers-only | urltest_248
                headers-only | urltest_nvidia
                """#),
        Group(
            suite: "llhttp-request", outcome: .complete,
            paragraph: "RFC 9112 section 9.6: the connection ends after the first; what follows is never read",
            cases: #"""
                request | connection.md: No restart when keep-alive is off (1.0)
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.field),
            paragraph: "RFC 9112 section 5.1: no space before the colon; and no second spelling of a framing field",
            cases: #"""
                request | connection.md: CRLF between requests, explicit `close`
                request-lenient-headers | connection.md: Invalid whitespace token with `Connection` header field
                request-lenient-headers | content-length.md: Invalid whitespace token with `Content-Length` head
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.foldedLine),
            paragraph: "RFC 9112 section 5.2: a server must refuse a folded line or replace it",
            cases: #"""
                request-lenient-headers | connection.md: Multiple tokens with folding
                request-lenient-headers | connection.md: Multiple tokens with folding, LWS, and CRLF
                request-lenient-headers | invalid.md: Spaces before headers (lenient)
                request-lenient-headers | sample.md: Line folding in header value with CRLF
                request-lenient-headers | sample.md: X-SSL-Nonsense
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                request | connection.md: Multiple tokens with folding and LWS
                request | connection.md: Upgrade GET request
                request | connection.md: Upgrade POST request
                request | method.md: ANNOUNCE request with RTSP
                request | method.md: OPTIONS request with RTSP
                request | method.md: SOURCE request with ICE
                request | sample.md: No HTTP version
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.unknownCoding),
            paragraph: "RFC 9112 section 6.1: 501 for a coding that the server does not know",
            cases: #"""
                request-lenient-chunked-length | content-length.md: No error on simultaneous `Content-Length` an
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.bareLineEnd),
            paragraph: "RFC 9112 section 2.2: LF alone may be refused, CR alone must be",
            cases: #"""
                request-lenient-all | invalid.md: Only LFs present (lenient)
                request-lenient-headers | lenient-headers.md: Empty headers separated by CR (lenient)
                request-lenient-optional-lf-after-cr | content-length.md: Missing CRLF-CRLF before body (lenient
                request-lenient-optional-lf-after-cr | sample.md: No LF after CR (lenient)
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.controlCharacter),
            paragraph: "RFC 9110 section 5.5: no control characters in a value; PROXY protocol is not HTTP",
            cases: #"""
                request-lenient-header-value-relaxed | lenient-header-value-relaxed.md: Control char in header v
                request-lenient-headers | lenient-headers.md: Header value (lenient)
                request-lenient-headers | lenient-headers.md: Second request header value (lenient)
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.version),
            paragraph: "RFC 9112 section 2.3: only HTTP/1.x has this syntax",
            cases: #"""
                request-lenient-version | lenient-version.md: Invalid HTTP version (lenient)
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.connect),
            paragraph: "RFC 9110 section 9.3.6: CONNECT is for proxies",
            cases: #"""
                request | method.md: CONNECT request
                request | method.md: CONNECT request with CAPS
                request | method.md: CONNECT with body
                request | uri.md: Underscore in hostname
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                request | method.md: M-SEARCH request
                request | method.md: PRI request HTTP2
                request | transfer-encoding.md: POST with `chunked` as last transfer-encoding
                request | transfer-encoding.md: POST with `chunked` as last transfer-encoding (multiple headers)
                request | uri.md: Fragment in URI
                request | uri.md: Quotes in URI
                request | uri.md: `host:port` and basic auth
                request-lenient-chunked-length | transfer-encoding.md: POST with `Transfer-Encoding` and `Conten
                request-lenient-transfer-encoding | transfer-encoding.md: POST with `chunked` and duplicate tran
                request-lenient-transfer-encoding | transfer-encoding.md: POST with `chunked` before other trans
                """#),
        Group(
            suite: "llhttp-request", outcome: .refused(.chunk),
            paragraph: "RFC 9112 section 7.1: sizes, extensions and delimiters have one form",
            cases: #"""
                request-lenient-optional-crlf-after-chunk | transfer-encoding.md: Chunk data not terminated by C
                request-lenient-optional-lf-after-cr | transfer-encoding.md: Chunk header not terminated by CRLF
                request-lenient-spaces-after-chunk-size | transfer-encoding.md: Space after chunk header (lenien
                """#),
        Group(
            suite: "picohttpparser-request", outcome: .refused(.foldedLine),
            paragraph: "RFC 9112 section 5.2: a server must refuse a folded line or replace it",
            cases: #"""
                headers-only | 04 parse multiline
                """#),
        Group(
            suite: "picohttpparser-request", outcome: .refused(.target),
            paragraph: "RFC 9112 section 3.2: the four forms of a target; RFC 3986 section 2 for its characters",
            cases: #"""
                headers-only | 29 accept MSB chars
                """#),
        Group(
            suite: "picohttpparser-request", outcome: .refused(.requestLine),
            paragraph: "RFC 9112 section 3: method SP target SP version, also behind an upgrade that we do not make",
            cases: #"""
                headers-only | 33 accept multiple spaces between tokens
                """#),
    ]
}
