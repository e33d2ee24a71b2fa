internal import Linux

/// Says loudly that a test could not be run here. CI takes the word SKIPPED in its output for a failure, so that a test
/// that never runs is not taken for one that passes.
package func skipped(_ test: String, because reason: String) {
    StandardError.line("SKIPPED \(test): \(reason)")
}
