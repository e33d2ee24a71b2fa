/// A key for a value that travels with a request: who the user is, a transaction, a language.
///
/// ```swift
/// enum CurrentUser: RequestKey { typealias Value = User }
///
/// extension Request {
///     var user: User? { get { self[CurrentUser.self] } set { self[CurrentUser.self] = newValue } }
/// }
/// ```
public protocol RequestKey {
    /// The type of the value that the key stands for.
    associatedtype Value: Sendable
}

extension Request {
    /// The value of a key; nil until it is set. Middleware sets it on its own copy of the request, and passes that one on:
    ///
    /// ```swift
    /// app.use { request, next in
    ///     var request = request
    ///     request[CurrentUser.self] = try await users.whose(request.cookies["session"])
    ///     return try await next(request)
    /// }
    /// ```
    public subscript<Key: RequestKey>(_ key: Key.Type) -> Key.Value? {
        get { values.storage[ObjectIdentifier(key)] as? Key.Value }
        set { values.storage[ObjectIdentifier(key)] = newValue }
    }
}

/// The values of a request's keys. Without any it has no memory of its own.
struct RequestValues: Sendable {
    fileprivate var storage: [ObjectIdentifier: any Sendable] = [:]
}
