internal import Linux

/// The registration of one descriptor with epoll.
struct Watch {
    /// Nil while it does not watch at all.
    private(set) var interest: Epoll.Interest?

    /// Has it watch for something, or for errors and hang-ups alone.
    mutating func change(
        to wanted: Epoll.Interest, _ number: CInt, token: UInt64, _ epoll: borrowing Epoll
    ) throws(SystemError) {
        if interest == nil {
            try epoll.add(number, wanted, token: token)
        } else {
            try epoll.modify(number, wanted, token: token)
        }
        interest = wanted
    }

    /// Ends it. The close of a descriptor does that only if nobody else has the same open file.
    mutating func end(_ number: CInt, _ epoll: borrowing Epoll) throws(SystemError) {
        guard interest.take() != nil else { return }
        try epoll.remove(number)
    }
}
