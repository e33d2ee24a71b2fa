internal import Linux

/// Where the state of an installed deployd is: in a directory of its own, or beside its file, where an ordinary user's master
/// had it, and earlier versions. Judged by what everybody can see, so that everybody's commands mean the same master.
struct InstalledState {
    /// The directory of its own.
    let own: String
    /// The one beside its file.
    let beside: String
    /// The first instance of the machine: root's state was never beside its file.
    let isFirst: Bool

    /// Whether the state beside the file is meant: somebody's master had it there, and none has been in the other since; or
    /// its master runs.
    var isBeside: Bool {
        guard Self.isUsed(beside), !Self.isHeld(own) else { return false }
        // Another instance's, whose file is in the same directory.
        if isFirst, (try? Files.status(beside))?.uid == 0 { return false }
        return !Self.isUsed(own) || Self.isHeld(beside)
    }

    /// A master was there once. A directory that this user may not look into is somebody's.
    static func isUsed(_ directory: String) -> Bool {
        let place = StateDirectory(root: directory, runtime: directory)
        return [place.lock, place.stateFile].contains { path in
            do throws(SystemError) {
                _ = try Files.status(path)
                return true
            } catch {
                return error.errno == .permissionDenied
            }
        }
    }

    private static func isHeld(_ directory: String) -> Bool { LockHolder.find(stateDirectory: directory) != nil }
}
