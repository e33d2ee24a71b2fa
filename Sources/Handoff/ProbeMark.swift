/// By what a probe of the master is told from a request of somebody else on this machine.
package enum ProbeMark {
    /// The value of its User-Agent field.
    package static let userAgent: StaticString = "deployd-probe"
}
