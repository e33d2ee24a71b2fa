/// Names one control connection for as long as the master runs; never used again.
package struct ControlClientID: Hashable, Sendable {
    let serial: UInt64
}

/// Input from the control socket for the master's loop.
package enum ControlInput: Equatable, Sendable {
    /// A client that is allowed to asks for something that makes sense.
    ///
    /// The reply is a stream of events sent by `ControlServer.send`; the last one closes the connection. Until then
    /// further requests may come from the same client; only `cancel` has a meaning there.
    case request(ControlRequestReceived)
    /// A client asked for something that changes what is there, and had left before that was read: it is not begun, since the
    /// client cannot know of it.
    case abandoned(ControlRequestReceived)
    /// The client left before its reply was complete. What is sent to it from now on goes nowhere.
    case gone(ControlClientID)
}

/// A request and who sent it.
package struct ControlRequestReceived: Equatable, Sendable {
    package let client: ControlClientID
    package let peer: ControlPeer
    package let command: ControlCommand
    /// 1 for the first request of the connection.
    package let position: Int
}
