/// Numbers of things as people write them.
package enum CountText {
    /// "1 worker", "3 workers": of a thing whose plural has an s.
    package static func of(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }
}
