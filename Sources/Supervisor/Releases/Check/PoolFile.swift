internal import Linux

/// What the file of a php-fpm says that its command names. Source: php-fpm.conf, php.net/install.fpm.configuration.
struct PoolFile {
    private let lines: [Substring]

    /// - Parameter directory: the command's working directory, absolute.
    /// - Returns: nil for another program, and for a file that cannot be read.
    init?(of command: [String], directory: String) {
        guard let program = command.first, CommandFiles.plainName(of: program) == "php-fpm",
            let file = CommandFiles(directory: directory).named(by: command).first,
            let text = try? Files.read(file.path, limit: 1 << 20)
        else { return nil }
        lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    /// Other files belong to it.
    var hasMore: Bool { value(of: "include") != nil }

    /// The value of a key in its last pool, without quotes; nil: it is not set.
    func value(of key: String) -> String? {
        for line in lines.reversed() {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ !" \t".contains($0) }) == key else { continue }
            return parts[1].filter { !" \t\"'".contains($0) }
        }
        return nil
    }

    /// The children see no variables but those that the file itself sets.
    var isEnvironmentClosed: Bool {
        !hasMore && !["no", "off", "false", "0"].contains((value(of: "clear_env") ?? "yes").lowercased())
    }
}
