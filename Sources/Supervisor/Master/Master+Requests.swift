internal import DeployCore
internal import Linux

// What people ask for.
extension Master {
    func take(_ input: ControlInput) {
        switch desk.take(input) {
        case nil: break
        case .event(let event): feed(event)
        case .answer(let request, let outcome): feed(answers.finish(request, outcome))
        case .order(let event, let request):
            if let failure = feedIfSaved(event) { desk.refuse(request, unsaved: failure) }
        case .stop(let request, let now):
            let client = requests[request]?.client
            feed(.stop(request, now: now))
            for line in now ? [] : waitedFor { clients.send(.note(line), to: client) }
        case .upgrade(let program, let terms, let who, let client):
            upgrader.begin(to: program, terms, by: who, client: client)
        case .reload(let who, let client): feed(reloader.reload(by: who, client: client))
        case .left(let client): upgrader.abandon(of: client)
        }
    }
}
