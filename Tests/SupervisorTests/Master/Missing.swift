/// Something that a test needs in order to go on was not there.
struct Missing: Error {
    /// What it is.
    let what: String
}
