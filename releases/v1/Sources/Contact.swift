import WebWorker

/// Answers the form of the front page: with thanks, or with what is missing.
@Sendable func contact(_ request: Request) -> Response {
    let form = request.form
    let name = form["name"] ?? ""
    let address = form["email"] ?? ""
    let message = form["message"] ?? ""

    var problems: [String] = []
    if name.isEmpty || name.count > 80 { problems.append("Please tell us your name, in at most 80 characters.") }
    if !address.contains("@") || address.count > 200 { problems.append("Please give an e-mail address to answer to.") }
    if message.isEmpty || message.count > 2000 { problems.append("Please write to us, in at most 2000 characters.") }

    guard problems.isEmpty else {
        let list = problems.map { "<li>\($0)</li>" }.joined()
        return Response(
            status: .unprocessableContent,
            html: page("Not quite", "<ul>\(list)</ul><p><a href=\"/#contact\">Back to the form</a></p>"))
    }
    let thanks = "<p>We have your message, and answer to <strong>\(escaped(address))</strong> within a day.</p>"
    return Response(html: page("Thank you, \(escaped(name))", thanks + "<p><a href=\"/\">Back to the bakery</a></p>"))
}
