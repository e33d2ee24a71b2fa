internal import DeployCore
internal import Linux

// What an earlier master of the directory wrote down.
extension StateDirectory {
    /// Nil when there was none. Of what another directory's master wrote, which was copied here, only the numbers count.
    func readState() throws(ProblemsFound) -> SavedState? {
        do throws(StateFileError) {
            let saved = try StateFile(path: stateFile).read()
            return saved.map { $0.origin(in: self) == .own ? $0 : $0.disowned }
        } catch {
            throw ProblemsFound([
                Problem(
                    file: stateFile, found: error.reason, expected: "what a deployd of this version wrote",
                    advice: "to start from scratch, stop its workers and move the file away")
            ])
        }
    }

    /// The same for a start; but what was written before this boot and cannot be read any more, as a power cut leaves it, is
    /// moved away: no process and no deadline of it can matter, and the numbers go on behind those of the history.
    func readStateOrSetAside() throws(ProblemsFound) -> SavedState? {
        do { return try readState() } catch {
            let bootedAt = WallClock.now() - MonotonicClock.sinceBoot()
            guard let status = try? Files.status(stateFile), status.modified < bootedAt, let aside = setStateAside()
            else { throw error }
            StandardError.line(
                "deployd: start: \(stateFile) cannot be read (\(status.size) bytes, written before the machine started): it "
                    + "is now \(aside), and the history says what is served", .warning)
            return nil
        }
    }

    /// A state that cannot be read, and of which nothing lives any more, must not keep the next master from starting.
    func setUnreadableStateAside() {
        do { _ = try readState() } catch {
            guard let aside = setStateAside() else { return }
            StandardError.line(
                "deployd: stop: \(stateFile) cannot be read; it is now \(aside), and the next start uses the history",
                .warning)
        }
    }

    private func setStateAside() -> String? {
        let aside = "\(stateFile).unreadable"
        return (try? Files.rename(stateFile, to: aside)) == nil ? nil : aside
    }

    /// Workers of an earlier master serve on: once the file is mended, a start goes on with them.
    var isServed: Bool {
        guard let saved = try? readState(), saved.isOfThisBoot else { return false }
        return !PreviousMaster(saved).survivors.isEmpty
    }
}
