internal import Linux

/// What answers for some hosts, as an application has described it: nothing is opened yet.
struct HostPlan: Sendable {
    /// Files of a directory, at the top of the site or under a path.
    struct Directory: Sendable {
        let path: String
        let directory: String
        let options: FileOptions
    }

    struct Forward: Sendable {
        let prefix: String
        let address: ServerAddress
        let settings: UpstreamSettings
    }

    /// Files for the worker's own answers, in a directory that is not served for their sake.
    struct Pages: Sendable {
        let directory: String
        let files: [Status: String]
        /// What is not there is left out.
        let isOptional: Bool
    }

    private(set) var files: Directory?
    var pages: Pages?
    var mounts: [Directory] = []
    /// Directories elsewhere into which links may lead, as they were named: `shared` ones have no scripts.
    var follow: [String] = []
    var shared: [String] = []
    private(set) var fastCGI: FastCGIDescription?
    var forwards: [Forward] = []
    var rules: [PathRule] = []
    private(set) var log: AccessLog?

    mutating func serve(_ directory: String, _ options: FileOptions) -> ConfigurationError.Mistake? {
        guard let first = files?.directory else {
            files = Directory(path: "/", directory: directory, options: options)
            return nil
        }
        return .second(
            "files(\"\(directory)\")", "a second call, after files(\"\(first)\")",
            remedy: "put what is to be served below one directory")
    }

    mutating func log(_ log: AccessLog) -> ConfigurationError.Mistake? {
        if self.log != nil { return .second("accessLog", "a second call", remedy: "remove one of the two") }
        self.log = log
        return nil
    }

    mutating func run(_ application: FastCGIDescription) -> ConfigurationError.Mistake? {
        guard let first = fastCGI?.suffix else {
            fastCGI = application
            return nil
        }
        return .second(
            "fastCGI(\"\(application.suffix)\")", "a second call, after fastCGI(\"\(first)\")",
            remedy: "remove one of the two: one application is run")
    }

    /// Where its files lie, absolute and without links, as far as they are there.
    var directories: [String] {
        ([files?.directory, fastCGI?.root].compactMap { $0 } + mounts.map(\.directory) + follow + shared).compactMap {
            try? Files.realPath(Application.path($0))
        }
    }

    /// The paths under which its directories stand, each with the directory, absolute and without links.
    var fronts: [(path: String, directory: String)] {
        let tops = [files?.directory, fastCGI?.root].compactMap { $0 }.map { ("", $0) }
        return (tops + mounts.map { (PathPrefix($0.path)?.text ?? "", $0.directory) }).compactMap { path, name in
            (try? Files.realPath(Application.path(name))).map { (path, $0) }
        }
    }

    /// The options for the files: where they lie beside scripts, the libraries of these are not served either.
    func options(of files: Directory) -> FileOptions {
        guard let fastCGI, let root = try? Files.realPath(Application.path(fastCGI.root)),
            (try? Files.realPath(Application.path(files.directory))) == root, !files.options.denied.isEmpty
        else { return files.options }
        var options = files.options
        options.denied += FastCGIDescription.libraries
        return options
    }
}
