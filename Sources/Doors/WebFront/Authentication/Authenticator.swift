package import DaprHTTP
package import Tokens

/// Identifies the sender of a request from its head.
///
/// An authenticator that knows the answer returns it at once; no task is created and nothing waits. One that must ask
/// elsewhere returns a closure for that, and the request waits with its body unread.
package struct Authenticator: Sendable {
    /// The result of looking at a head.
    package enum Finding: Sendable {
        /// The sender is known.
        case known(Principal)
        /// The closure finds out; it is called once.
        case later(@Sendable () async throws(WebFault) -> Principal)
    }

    /// Looks at a head, on the connection's event loop; must not block.
    ///
    /// - Throws: Why the request proves no sender.
    package typealias Find = @Sendable (_ head: HTTPRequest) throws(WebFault) -> Finding

    let find: Find

    package init(_ find: @escaping Find) { self.find = find }

    /// Creates an authenticator that accepts signed tokens in the `Authorization` header.
    ///
    /// - Parameters:
    ///   - trust: Verifies the tokens.
    ///   - now: Returns seconds since 1970.
    package init(bearing trust: TokenTrust, now: @escaping @Sendable () -> Int) {
        let tokens = BearerTokens(trust: trust, now: now)
        find = { head throws(WebFault) in
            .known(try tokens.principal(authorization: head.headers.values("Authorization")))
        }
    }
}
