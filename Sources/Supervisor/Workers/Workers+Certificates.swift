internal import DeployCore
internal import Handoff
internal import Linux

// What workers are told of certificates, and what they say of TLS.
extension Workers {
    /// How long until a worker is told again whose socket was full.
    private static let certificatePause = Duration.milliseconds(100)

    /// Sends the certificates in use to those who have others. The same may be told twice: nobody knows what an earlier master
    /// has told.
    func tellCertificates() {
        certificatesRetryAt = nil
        guard let bundle = generations.certificates.bundle else { return }
        for worker in living where worker.bundle != bundle.number && worker.level == .drains && isSecure(worker) {
            if worker.tell(.tls, descriptor: bundle.descriptor) {
                worker.bundle = bundle.number
            } else {
                certificatesRetryAt = EventLoop.now() + Self.certificatePause
            }
        }
    }

    /// A listener of its generation speaks TLS, and it accepts there.
    private func isSecure(_ worker: WorkerProcess) -> Bool {
        worker.slot.isWeb && generations.releases[worker.generation]?.secure != nil
    }

    /// Why users of a TLS listener would get nowhere with a worker that says that it is ready; nil: they do.
    func obstacleToTLS(of worker: WorkerProcess, _ said: Notification) -> String? {
        guard isSecure(worker), !said.terminatesTLS, let release = generations.releases[worker.generation] else {
            return nil
        }
        let secure = listeners.current.map(\.setting).filter(release.speaksTLS)
        let places = secure.map(\.address.description).joined(separator: ", ")
        return "it takes connections itself and speaks no TLS, which \(places) wants; \(SecureCheck.wayOut)"
    }
}
