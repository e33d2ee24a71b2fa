internal import Linux

/// The answers of a connection whose lines of the access log wait until they are sent.
struct UnloggedAnswers {
    private var answers: [UnloggedAnswer] = []

    var isEmpty: Bool { answers.isEmpty }

    mutating func append(_ answer: UnloggedAnswer) { answers.append(answer) }

    /// Notes the answers that end within the first `sent` bytes of the connection.
    mutating func log(sent: Int, _ turn: borrowing Turn) {
        let count = answers.prefix { $0.end <= sent }.count
        for index in 0..<count { answers[index].log(sent: sent, turn) }
        // (It keeps its room for the next answers.)
        answers.removeFirst(count)
    }

    /// Notes all answers: of those that are left nothing more will be sent.
    mutating func logAll(sent: Int, _ turn: borrowing Turn) {
        for answer in answers { answer.log(sent: sent, turn) }
        answers = []
    }
}

/// An answer whose line of the access log waits until its last byte is sent, or never will be.
struct UnloggedAnswer {
    /// Nil when the request could not be read.
    let request: LoggedRequest?
    /// The number of the virtual host whose log it is for.
    let host: Int
    /// The address of the client of such a request; empty where the request tells.
    let peer: String
    let status: Status
    let body: Int
    /// Its end among all bytes of the connection.
    let end: Int

    /// How many bytes of its body are among the first `sent` of the connection. (Of one in chunks that is broken off, what
    /// frames the last of them counts as theirs.)
    func bytes(sent: Int) -> Int { max(0, min(body, body - (end - sent))) }

    /// Writes its line, now that `sent` bytes of the connection are sent.
    func log(sent: Int, _ turn: borrowing Turn) {
        let took = request.map { MonotonicClock.microseconds() - $0.since } ?? 0
        let answer = LoggedAnswer(peer: peer, status: status, bytes: bytes(sent: sent), microseconds: took)
        turn.logs.of(host)?.note(request, answer, now: turn.now)
    }
}
