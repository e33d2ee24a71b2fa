/// The result of reading a file: a value that is usable as far as it goes, and all problems.
package struct Reading<Value: Sendable>: Sendable {
    /// The value. What could not be read has its default, so that other checks can go on.
    package let value: Value
    /// The problems, in the order of the file.
    package let problems: [Problem]
    /// Every key that the file may have, as a path; items of lists are `[]`.
    package let knownKeys: [String]
    /// Nothing at all could be taken from the file: `value` is what holds without one.
    package let isIllegible: Bool

    init(value: Value, problems: [Problem], knownKeys: [String], isIllegible: Bool = false) {
        self.value = value
        self.problems = problems
        self.knownKeys = knownKeys
        self.isIllegible = isIllegible
    }

    /// The value, when nothing was wrong.
    ///
    /// - Throws: everything that was wrong.
    package func get() throws(ProblemsFound) -> Value {
        guard problems.isEmpty else { throw ProblemsFound(problems) }
        return value
    }
}
