internal import Linux

// Files that scripts have sent in their stead.
extension WorkerLoop {
    /// The server's answer is whole: ends the client's, or sends the file that it asks for.
    mutating func finishAnswer(_ exchange: UpstreamExchange) {
        guard let (file, head) = exchange.file else { return endAnswer(exchange.token) }
        guard let found = site.scripts?.find(file) else {
            say(exchange.upstream, "a script asks for a file to be sent that is not there, or not below the directory")
            return answer(exchange.token, Response(status: .notFound, text: "404 Not Found\n"))
        }
        let status = Status(rawValue: UInt16(head.status))
        beginAnswer(
            exchange.token,
            AnswerHead(
                status: status, fields: head.fields, length: found.version.size, hasDate: head.hasDate,
                hasID: head.hasID))
        if let (connection, stream) = self.exchange(exchange.token), case .length = stream.answerFraming {
            stream.answerFraming = .length(0)
            connection.file = OutgoingFile(found)
        }
        endAnswer(exchange.token)
    }
}

extension Scripts {
    /// The file that a script names: by a path, or by a name in the file system that begins with the directory's.
    func find(_ file: FastCGIAnswerReader.File) -> FoundFile? {
        let path: [UInt8]
        switch file {
        case .path(let given): path = given
        case .name(let name):
            guard name.starts(with: files.name + [.slash]) else { return nil }
            return files.tree.file(String(decoding: name.dropFirst(files.name.count + 1), as: UTF8.self))
        }
        guard case .file(let found) = files.tree.find(0..<path.count, path.span) else { return nil }
        return found
    }
}
