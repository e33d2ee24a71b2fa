/// Paths as text: joins, shortens and compares them without looking at the disk.
package enum Paths {
    /// `path` when it is absolute, else `path` below `base`; `.`, `..` and double slashes are resolved in the text.
    package static func join(_ base: String, _ path: String) -> String {
        normalised(path.hasPrefix("/") ? path : base + "/" + path)
    }

    /// `path` without `.`, `..`, double or trailing slashes.
    package static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        let absolute = path.hasPrefix("/")
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !absolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return absolute ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// The directory that holds `path`: `/` for the root itself.
    package static func parent(_ path: String) -> String {
        let clean = normalised(path)
        guard let slash = clean.lastIndex(of: "/") else { return "." }
        return slash == clean.startIndex ? "/" : String(clean[..<slash])
    }

    /// The last part of `path`.
    package static func name(_ path: String) -> String {
        let clean = normalised(path)
        guard let slash = clean.lastIndex(of: "/") else { return clean }
        return String(clean[clean.index(after: slash)...])
    }

    /// True if `path` is `directory` itself or lies below it.
    package static func contains(_ directory: String, _ path: String) -> Bool {
        directory == path || path.hasPrefix(directory == "/" ? "/" : directory + "/")
    }

    /// `path` as short as it can be told to somebody who stands in `directory`: relative when below it, else unchanged.
    package static func shortened(_ path: String, from directory: String) -> String {
        guard directory != "/", Self.contains(directory, path) else { return path }
        return path == directory ? "." : String(path.dropFirst(directory.count + 1))
    }

    /// The directories from the root down to `path` itself.
    package static func ancestry(_ path: String) -> [String] {
        var directories = [normalised(path)]
        while let last = directories.last, last != "/", last != "." { directories.append(parent(last)) }
        return directories.reversed()
    }
}
