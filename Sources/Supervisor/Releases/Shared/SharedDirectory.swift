/// A directory that the releases of a site share, such as that of its uploads: it lies outside of them, and each has a link
/// to it.
package struct SharedDirectory: Sendable, Hashable {
    /// The place of the link, relative to a release.
    package var link: String
    /// The directory, absolute.
    package var directory: String
    /// The user whom it is given to when it is made; nil: the workers'.
    package var owner: String?
    /// The group that it gets when it is made; nil: the workers'.
    package var group: String?
    /// The permission bits that it gets when it is made.
    package var mode: UInt32 = 0o755

    /// The key that names it.
    var key: String { JSONOutline.path("shared", key: link) }
}

extension SharedDirectory {
    /// Reads the directories by their links, in the order of these. Relative paths start at `base`.
    static func list(_ key: String, in base: String, from reader: inout ObjectReader) -> [SharedDirectory] {
        let expected = "an object of places in a release and directories: { \"uploads\": \"/srv/site/uploads\" }"
        let fields = reader.read(key, expected: expected) { $0.fields } ?? [:]
        var directories: [SharedDirectory] = []
        for (link, value) in fields.sorted(by: { $0.key < $1.key }) {
            let place = JSONOutline.path(key, key: link)
            guard isPlace(link) else {
                reader.refuse(
                    place, found: "the place \(JSONValue.quoted(link))",
                    expected: "a path in the release such as \"uploads\" or \"wp-content/uploads\"")
                continue
            }
            if let outer = directories.first(where: { Paths.contains($0.link, link) }) {
                reader.refuse(
                    place, found: "\(JSONValue.quoted(link)) in \(JSONValue.quoted(outer.link))",
                    expected: "places that do not lie in each other")
            }
            let written = if case .text = value { ["directory": value] } else { value.fields }
            guard let written else {
                reader.refuse(
                    place, found: value.found, expected: "a directory, or an object: { directory: \"/srv/uploads\" }")
                continue
            }
            let directory = reader.nested(place, isItem: true, fields: written) {
                SharedDirectory(link, in: base, reading: &$0)
            }
            if let directory { directories.append(directory) }
        }
        return directories
    }

    /// A place is written as short as can be, and is no file of deployd's.
    private static func isPlace(_ link: String) -> Bool {
        ObjectReader.isSafe(link) && !link.hasPrefix("/") && Paths.normalised(link) == link && link != "."
            && !link.hasPrefix("..") && link != Defaults.manifestFile
    }

    private init?(_ link: String, in base: String, reading reader: inout ObjectReader) {
        let expected = "a directory such as \"/srv/site/uploads\""
        let directory = reader.text("directory", expected: expected)
        if !reader.has("directory") { reader.refuse("directory", found: "nothing", expected: expected) }
        self.link = link
        self.directory = directory.map { Paths.join(base, $0) } ?? ""
        owner = reader.text("owner", expected: "the name of a user")
        group = reader.text("group", expected: "the name of a group")
        mode =
            reader.read("mode", expected: "octal digits in quotes such as \"0750\"") {
                guard let text = $0.text, (3...4).contains(text.count) else { return nil }
                return UInt32(text, radix: 8)
            } ?? mode
        if directory == nil { return nil }
    }
}
