extension String {
    /// How often `words` stands in it.
    func occurrences(of words: String) -> Int {
        split(separator: words, omittingEmptySubsequences: false).count - 1
    }
}
