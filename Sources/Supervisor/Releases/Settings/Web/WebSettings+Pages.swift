internal import Linux

extension WebSettings {
    /// Pages for errors that are written beside the sites, and are each site's that has none of its own.
    package struct CommonPages: Sendable, Equatable, Codable {
        /// Files by their status.
        package var files: [Int: String]
        /// Where those are that a site does not have among its own files: as written, relative to the release.
        package var directory: String
    }

    /// A page for an error, and where it is.
    struct ErrorPage {
        let status: Int
        /// As written.
        let name: String
        /// Absolute.
        let path: String
        let isCommon: Bool
    }

    /// The pages of a site in the order of their statuses. Without `files` they lie in the release itself.
    func pages(in release: String) -> [ErrorPage] {
        let own = Paths.join(release, files ?? "")
        let pages = errorPages.map {
            ErrorPage(status: $0.key, name: $0.value, path: Paths.join(own, $0.value), isCommon: false)
        }
        let common = Paths.join(release, commonPages?.directory ?? "")
        let others = (commonPages?.files ?? [:]).map { status, name in
            let place = Paths.join(own, name)
            let isOwn = files != nil && Files.kind(place) == .file
            return ErrorPage(
                status: status, name: name, path: isOwn ? place : Paths.join(common, name), isCommon: true)
        }
        return (pages + others).sorted { $0.status < $1.status }
    }
}
