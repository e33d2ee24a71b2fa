internal import Linux

/// A directory that stays open: the kernel itself holds lookups beneath it. One that is renamed or replaced goes on being
/// served as it was.
final class ServedDirectory: Sendable {
    let descriptor: FileDescriptor
    /// Absolute and without links, as the kernel names what is opened.
    let path: String

    /// Opens a directory.
    init(_ directory: String) throws(SystemError) {
        descriptor = try FileDescriptor.directory(directory)
        path = try Files.realPath(directory)
    }

    /// The place of a name below it, absolute.
    func place(of name: String) -> String { (path == "/" ? "" : path) + "/" + name }

    /// Whether a place is a directory or lies in it, both absolute and without links.
    static func lies(_ place: String, in directory: String) -> Bool {
        place == directory || place.utf8.starts(with: directory == "/" ? "/".utf8 : "\(directory)/".utf8)
    }

    /// The name below the directory of a place (absolute, without links), `.` for itself; nil: it lies elsewhere.
    func name(of place: String) -> String? {
        if place == path { return "." }
        let front = path == "/" ? path : path + "/"
        return place.utf8.starts(with: front.utf8) ? String(place.dropFirst(front.count)) : nil
    }
}
