/// Why a probe failed.
package struct ProbeFailure: Equatable, Sendable {
    /// What was asked where, and what came, as a clause.
    package let text: String
    /// Whether it was an answer that more time does not make better: a 500 or a 404, say. No connection, silence, and a
    /// gateway's 502 to 504 are what a program that still loads looks like.
    package let isDefinite: Bool

    package init(_ text: String, isDefinite: Bool = false) {
        self.text = text
        self.isDefinite = isDefinite
    }
}
