/// What goes wrong in TLS, as its number on the wire says (RFC 8446 section 6).
package enum Alert: UInt8, Error, Equatable, Sendable {
    case closeNotify = 0
    case unexpectedMessage = 10
    case badRecordMAC = 20
    case recordOverflow = 22
    case illegalParameter = 47
    case decodeError = 50
    case protocolVersion = 70
    case internalError = 80
    case userCanceled = 90
}

/// What a record carries (RFC 8446 section 5.1).
package enum ContentType: UInt8, Sendable {
    case changeCipherSpec = 20
    case alert = 21
    case handshake = 22
    case applicationData = 23
}
