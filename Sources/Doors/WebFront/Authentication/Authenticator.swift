package import DaprHTTP
package import Tokens

/// Finds out who sends a request, by its head.
///
/// One that knows the answer gives it at once: no task is made, and nothing waits. One that must ask somebody says so, and the request waits, its
/// body unread, until it has asked.
package struct Authenticator: Sendable {
    /// What an authenticator says to a head.
    package enum Finding: Sendable {
        /// Who it is.
        case known(Principal)
        /// This finds it out; it is called once.
        case later(@Sendable () async throws(WebFault) -> Principal)
    }

    /// Looks at a head, on the connection's event loop; it must not block.
    ///
    /// - Throws: Why nobody is believed to have sent it.
    package typealias Find = @Sendable (_ head: HTTPRequest) throws(WebFault) -> Finding

    let find: Find

    /// Makes one of what looks at heads.
    package init(_ find: @escaping Find) { self.find = find }

    /// Makes one that takes signed tokens from the `Authorization` header.
    ///
    /// - Parameters:
    ///   - trust: what they are verified with.
    ///   - now: seconds since 1970.
    package init(bearing trust: TokenTrust, now: @escaping @Sendable () -> Int) {
        let tokens = BearerTokens(trust: trust, now: now)
        find = { head throws(WebFault) in
            .known(try tokens.principal(authorization: head.headers.values("Authorization")))
        }
    }
}
