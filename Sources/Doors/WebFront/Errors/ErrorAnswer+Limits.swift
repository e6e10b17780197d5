import DaprHTTP
import DaprJSON

/// What a client is told that asks for too much, or at a time when everybody does.
extension ErrorAnswer {
    /// The answer to a request beyond a limit on how often it may be made.
    static func rateLimited(_ policy: QuotaPolicy) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(
                "RATE_LIMITED",
                .tooManyRequests,
                "More requests of this kind are made than the server takes",
                remedy:
                    "Try again after `Retry-After` seconds; nothing was done. `RateLimit-Policy` tells how many are taken within how many seconds, and `details.policy` names the one that is used up."
            ),
            message:
                "More than \(policy.quota) \(policy.subject) within \(RateLimits.burstSeconds) s are not taken; wait, then try again.",
            details: ["policy": .string(policy.name)],
            headers: [
                ("Retry-After", "1"), ("RateLimit-Policy", policy.header), ("RateLimit", policy.state(left: 0)),
            ]
        )
    }

    /// The answer to a request for a stream when its user has as many open as one may have.
    static func tooManyStreams(limit: Int) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(
                "TOO_MANY_STREAMS",
                .tooManyRequests,
                "The user has as many streams open as one may have",
                remedy:
                    "Close one, or share one among several readers; `details.limit` is the most. Requests that wait for a change count too."
            ),
            message: "You have \(limit) streams open, which is the most; close one, or share one.",
            details: ["limit": .integer(limit)],
            headers: [("Retry-After", "5")]
        )
    }

    /// The answer to a request for a stream when the server has as many open as it may have.
    static let streamsFull = ErrorAnswer(
        ErrorCode(
            "STREAMS_FULL",
            .serviceUnavailable,
            "The server has as many streams open as it may have",
            remedy: "Try again after `Retry-After` seconds, or ask `GET /api/changes` now and then."
        ),
        message: "The server has as many streams open as it may have; try again, or ask for changes now and then.",
        headers: [("Retry-After", "5")]
    )

    /// The answer to a request that the server came to look at too late.
    static let overloaded = ErrorAnswer(
        ErrorCode(
            "SERVER_OVERLOADED",
            .serviceUnavailable,
            "The server has more to do than it can, and the request had to wait too long",
            remedy: "Try again after `Retry-After` seconds; nothing was done."
        ),
        message: "The server has too much to do, and came to this request too late; try again.",
        headers: [("Retry-After", "1")]
    )
}
