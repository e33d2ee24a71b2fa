extension Report {
    /// The versions as CSV: which list, version, first and last answer in nanoseconds since the start, count.
    package var versionsCSV: String {
        var lines = ["list,version,first,last,count"]
        lines += record.versions.epochs.map { Self.row("epochs", $0) }
        lines += record.versions.completions.map { Self.row("completions", $0) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ list: String, _ stretch: VersionTimeline.Stretch) -> String {
        let version =
            "\""
            + stretch.version.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
        return "\(list),\(version),\(stretch.first),\(stretch.last),\(stretch.count)"
    }
}
