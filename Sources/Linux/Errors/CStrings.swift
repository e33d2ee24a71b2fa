import Glibc

/// Lends strings as the NULL-terminated array that `execve` wants.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe body(pointers)
}

/// Refuses, with EINVAL, a string with a NUL in it: a C string would end there, and the program would get another
/// argument than was written.
func requireCStrings(_ call: StaticString, _ strings: [String]) throws(SystemError) {
    guard let broken = strings.first(where: { $0.utf8.contains(0) }) else { return }
    throw SystemError(call: "\(call)", errno: .invalid, subject: broken)
}
