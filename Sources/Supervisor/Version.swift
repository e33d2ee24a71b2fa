/// The version of deployd.
package enum Version {
    /// Semantic versioning; the same in CHANGELOG.md.
    package static let current = "0.1.0"
}
