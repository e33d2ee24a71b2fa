/// Why an answer is not HTTP/1.1.
package enum Malformation: String, Error, Sendable {
    case statusLine = "the status line is not HTTP/1.x, a space, three digits, a space and a reason"
    case version = "the version is neither HTTP/1.0 nor HTTP/1.1"
    case lineEnd = "a line ends without CR LF, or has a CR inside"
    case lineTooLong = "a line is longer than 16 KiB"
    case headTooLong = "the head is longer than 64 KiB"
    case field = "a field is not a token, a colon and a value, or is folded"
    case contentLength = "Content-Length is not one number"
    case transferEncoding = "Transfer-Encoding is not chunked, or stands beside Content-Length"
    case chunk = "a chunk does not begin with its size or does not end with CR LF"
    case surplus = "more came than the answer to the request"
}
