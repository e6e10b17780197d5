import Synchronization

/// One call: its request, and whoever waits for the answer.
///
/// Everything but `isCancelled` is touched on the driver's loop only, from `start` on; before that by the caller alone.
/// That is what makes `@unchecked Sendable` true.
@safe
final class CurlTransfer: @unchecked Sendable {
    typealias Outcome = Result<CurlResponse, CurlError>

    let request: CurlRequest
    /// Set by the cancellation handler, which may run before the call was started: `start` looks at it then.
    let isCancelled = Atomic(false)
    /// The handle that carries the call while it is in flight.
    var handle: CurlHandle?
    private var continuation: UnsafeContinuation<Outcome, Never>?

    init(_ request: CurlRequest) { self.request = request }

    func wait(_ continuation: UnsafeContinuation<Outcome, Never>) {
        unsafe self.continuation = unsafe continuation
    }

    /// Hands the outcome to the waiting caller; only the first call does.
    func finish(_ outcome: Outcome) {
        guard let waiting = unsafe continuation else { return }
        unsafe continuation = nil
        unsafe waiting.resume(returning: outcome)
    }
}
