/// Why a call of the sidecar failed, and whether it may have had an effect all the same.
///
/// `kind` says what to do, ``outcomeUnknown`` whether a write may have happened. For calls that write (all but those that read or
/// encrypt, a binding's with `onlyReads`, and invocation with the methods `GET`, `HEAD`, `OPTIONS` and `TRACE`):
///
/// | kind | effect |
/// |---|---|
/// | ``Kind/invalidArgument``, ``Kind/unreachable`` | nothing was sent |
/// | ``Kind/notConfigured``, ``Kind/notFound``, ``Kind/refused`` | nothing was written or published |
/// | ``Kind/conflict``, ``Kind/alreadyExists`` | of a single key or a transaction: nothing was written; of a save of several keys: the others may be written |
/// | ``Kind/outcomeUnknown`` | it happened wholly, partly (only a save of several keys) or not at all: read to find out |
/// | ``Kind/unreadableAnswer`` | unknown: what answered may not be a sidecar |
/// | ``Kind/cancelled`` | nothing was sent, or unknown: ``outcomeUnknown`` tells |
///
/// Calls that only read never fail with an unknown outcome. What is said of conflicts and of keys that exist was recorded from the
/// in-memory, SQLite and PostgreSQL stores. **Redis is different**: it does not roll a failed transaction back, and reports its
/// conflicts in words that cannot be told from a fault, so they are ``Kind/outcomeUnknown``.
///
/// `description` is safe in any log. See [Error codes](https://docs.dapr.io/reference/errors/error-codes/).
public struct DaprError: Error, Sendable, Hashable {
    /// What kind of failure it is.
    ///
    /// The set is closed: within a major version a `switch` over it stays complete.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The store has another version than the ETag names, or nothing. Read again and decide again.
        ///
        /// Also when a call had conditions of both sorts, ETags and keys that must be new, and its answer does not tell which of them
        /// did not hold; ``alreadyExists`` says when that is.
        case conflict
        /// What must be new exists. Read it to see whose it is: another writer's, or one's own of an earlier try.
        ///
        /// A key must be new when it is written with ``StateConcurrency/firstWrite`` and no ETag; so must be the name of a job or a
        /// reminder that is not to be overwritten. Of a call that writes several keys, the conditions and the store decide:
        ///
        /// | conditions of the call | transaction | save of several keys |
        /// |---|---|---|
        /// | keys that must be new, no ETag | `alreadyExists` | `alreadyExists` |
        /// | ETags, no key that must be new | ``conflict`` | ``conflict`` |
        /// | both, in-memory and PostgreSQL | whichever did not hold | ``conflict`` |
        /// | both, SQLite | ``conflict``: its answer is the same for both | ``conflict`` |
        ///
        /// ``DaprError/anotherWroteFirst`` is true for this and for ``conflict``.
        case alreadyExists
        /// The sidecar does not know what was asked for: the app to invoke, or the call itself. Nothing happened.
        case notFound
        /// The component named is not configured in this sidecar. Nothing happened.
        case notConfigured
        /// The sidecar answered with an error; see ``DaprError/status`` and ``DaprError/errorCode``. A write did not happen.
        case refused
        /// No connection to the sidecar could be made, so nothing was sent; or a read lost its connection. Trying again later is safe.
        case unreachable
        /// The time allowed for a read ran out. (A write is ``outcomeUnknown`` then.)
        case timedOut
        /// The calling task was cancelled; ``DaprError/outcomeUnknown`` tells whether a write may have happened.
        case cancelled
        /// A write may have happened: the answer was lost, came too late, or does not say.
        case outcomeUnknown
        /// The arguments cannot be sent: an empty key, a key with `||`, a control character in a header. Nothing was sent.
        case invalidArgument
        /// The answer is not what Dapr's API promises: not JSON, a field missing, longer than allowed.
        case unreadableAnswer
    }

    /// Held by reference: room for an error is set aside in the frame of every async function that may throw one.
    private let facts: Facts

    /// Makes an error, for a transport or a test.
    public init(
        _ kind: Kind,
        operation: String,
        component: String? = nil,
        status: Int? = nil,
        errorCode: String? = nil,
        outcomeUnknown: Bool = false,
        transportError: DaprTransportError? = nil,
        message: String? = nil
    ) {
        facts = Facts(
            Values(
                kind: kind,
                operation: operation,
                component: component,
                status: status,
                errorCode: errorCode,
                outcomeUnknown: outcomeUnknown || kind == .outcomeUnknown,
                transportError: transportError,
                message: message
            )
        )
    }

    /// What kind of failure it is.
    public var kind: Kind { facts.values.kind }
    /// The call that failed, without its values, such as `GET state/{store}/{key}`.
    public var operation: String { facts.values.operation }
    /// The name of the component or app that was called, or `nil` for the sidecar itself.
    public var component: String? { facts.values.component }
    /// The HTTP status of the sidecar's answer, or `nil` when there was none.
    public var status: Int? { facts.values.status }
    /// Dapr's code as it was received, such as `ERR_STATE_SAVE`, also when this library does not know it.
    public var errorCode: String? { facts.values.errorCode }
    /// Whether a write that was asked for may have happened, wholly or in part.
    public var outcomeUnknown: Bool { facts.values.outcomeUnknown }

    /// Whether a write was refused for what another has written: ``Kind/conflict`` or ``Kind/alreadyExists``.
    ///
    /// For a loop of read, decide and write, to which it is the same whether the other wrote the first value or the next.
    public var anotherWroteFirst: Bool {
        switch kind {
        case .conflict, .alreadyExists: true
        case .notFound, .notConfigured, .refused, .unreachable, .timedOut, .cancelled, .outcomeUnknown,
            .invalidArgument,
            .unreadableAnswer:
            false
        }
    }

    /// Why there was no answer, or `nil` when there was one.
    public var transportError: DaprTransportError? { facts.values.transportError }
    /// The sidecar's or this library's own words.
    ///
    /// They may name keys and come from the store: for debugging, not for logs.
    public var message: String? { facts.values.message }

    /// Whether all that two errors say is the same.
    public static func == (left: DaprError, right: DaprError) -> Bool { left.facts.values == right.facts.values }

    /// Feeds all that the error says to a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(facts.values) }

    private struct Values: Hashable {
        let kind: Kind
        let operation: String
        let component: String?
        let status: Int?
        let errorCode: String?
        let outcomeUnknown: Bool
        let transportError: DaprTransportError?
        let message: String?
    }

    private final class Facts: Sendable {
        let values: Values

        init(_ values: Values) { self.values = values }
    }
}
