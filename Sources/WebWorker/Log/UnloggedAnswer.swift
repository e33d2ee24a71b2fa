/// An answer whose line of the access log waits until its last byte is sent, or never will be.
struct UnloggedAnswer {
    /// Nil when the request could not be read.
    let request: LoggedRequest?
    let status: Status
    /// How many bytes its body has.
    let body: Int
    /// Where it ends among all bytes of its connection.
    let end: Int

    /// How many bytes of its body are among the first `sent` of the connection. (Of one in chunks that is broken off, what
    /// frames the last of them counts as theirs.)
    func bytes(sent: Int) -> Int { max(0, min(body, body - (end - sent))) }
}
