internal import Linux

/// Where the files of certificates really are: what has to be watched to notice that they have changed, whoever puts them there.
/// certbot's names are links to files with a number (`live/foobar.com/privkey.pem` to `archive/foobar.com/privkey3.pem`), others
/// rename a link to a directory.
struct CertificatePlaces: Equatable {
    /// Every directory in which a name on the way to one of the files stands, as far as it can be a link or is the file's own.
    private(set) var directories: Set<String> = []
    /// The files as they are now; nil: there is none.
    private let files: [FileStatus?]

    init(_ settings: TLSSettings) {
        let paths = settings.certificates.flatMap { [$0.certificate, $0.key] }
        files = paths.map { try? Files.status($0) }
        for path in paths { directories.formUnion(Self.directories(onWayTo: path)) }
    }

    /// Whether the files are the same, as far as the kernel tells.
    func hasSameFiles(as other: CertificatePlaces) -> Bool {
        zip(files, other.files).allSatisfy { one, other in
            one?.inode == other?.inode && one?.device == other?.device && one?.changed == other?.changed
                && one?.size == other?.size
        } && files.count == other.files.count
    }

    private static func directories(onWayTo path: String) -> Set<String> {
        var found: Set<String> = []
        var place = "/"
        var rest = Array(path.split(separator: "/").map(String.init).reversed())
        var linksLeft = maxLinks
        while let name = rest.popLast() {
            let next = name == ".." ? Paths.parent(place) : Paths.join(place, name)
            let isLink = (try? Files.status(next, followingLinks: false))?.kind == .link
            if isLink || rest.isEmpty { found.insert(place) }
            guard isLink, linksLeft > 0, let target = try? Files.readLink(next) else {
                place = next
                continue
            }
            linksLeft -= 1
            if target.hasPrefix("/") { place = "/" }
            rest += target.split(separator: "/").map(String.init).filter { $0 != "." }.reversed()
        }
        return found
    }

    /// As the kernel's: that many links are followed. Source: path_resolution(7).
    private static let maxLinks = 40
}
