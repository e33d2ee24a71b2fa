import TestSupport

extension TemporaryDirectory {
    /// Writes a release whose manifest is `manifest`, with an executable `site`.
    func release(_ name: String, manifest: String = "{ command: ['site'] }") throws {
        try write("\(name)/release.json", manifest)
        try write("\(name)/site", "#!/bin/sh\n", mode: 0o755)
    }
}
