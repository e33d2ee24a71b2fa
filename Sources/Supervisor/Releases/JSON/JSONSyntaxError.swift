/// The first place of a text where it stops being JSON5.
struct JSONSyntaxError: Error, Equatable {
    let position: TextPosition
    let found: String
    let expected: String
    var advice = ""
}
