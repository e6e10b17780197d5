import Synchronization

/// One call: its request, and the continuation that waits for the answer.
///
/// From `start` on everything but `isCancelled` is accessed on the driver's loop only, and before that by the caller
/// alone. That is what makes `@unchecked Sendable` true.
@safe
final class CurlTransfer: @unchecked Sendable {
    typealias Outcome = Result<CurlResponse, CurlError>

    let request: CurlRequest
    /// Set by the cancellation handler, which may run before the call has started: `start` then checks it.
    let isCancelled = Atomic(false)
    /// The handle of the call while it is in flight.
    var handle: CurlHandle?
    private var continuation: UnsafeContinuation<Outcome, Never>?

    init(_ request: CurlRequest) { self.request = request }

    func wait(_ continuation: UnsafeContinuation<Outcome, Never>) {
        unsafe self.continuation = unsafe continuation
    }

    /// Passes the outcome to the waiting caller; only the first call has an effect.
    func finish(_ outcome: Outcome) {
        guard let waiting = unsafe continuation else { return }
        unsafe continuation = nil
        unsafe waiting.resume(returning: outcome)
    }
}
