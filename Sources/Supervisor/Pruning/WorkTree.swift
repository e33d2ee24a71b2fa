internal import Linux

/// The work trees of version control: what lies in one may be somebody's only copy, whether it is tracked or not.
enum WorkTree {
    /// Names in the topmost directory of a work tree (older Subversion: in each directory).
    private static let marks = [".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", ".fslckout", "CVS"]

    /// The directory of the work tree that `path` (absolute, without links) lies in or is; nil: it lies in none.
    static func root(of path: String) -> String? {
        Paths.ancestry(path).last { directory in
            marks.contains { (try? Files.status(Paths.join(directory, $0), followingLinks: false)) != nil }
        }
    }
}
