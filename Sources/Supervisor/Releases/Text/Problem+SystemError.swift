package import Linux

extension Problem {
    /// A file or directory that the system refuses.
    package init(
        file: String, keyPath: String = "", unreadable error: SystemError, expected: String, advice: String = ""
    ) {
        let found =
            switch error.errno {
            case .notFound, .notADirectory: "nothing there"
            case .permissionDenied: "something that may not be read"
            case .isADirectory: "a directory"
            case .notAFile, .noDevice: "a pipe, a socket or a device"
            case .fileTooLarge: "a file that is too large"
            default: error.errno.explained
            }
        self.init(file: file, keyPath: keyPath, found: found, expected: expected, advice: advice)
    }
}
