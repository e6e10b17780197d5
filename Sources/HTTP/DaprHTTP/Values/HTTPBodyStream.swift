import Synchronization

/// The body of a request as it arrives: an asynchronous sequence of its pieces, read by one consumer.
///
/// When a window of bytes waits to be consumed, the server stops reading from the connection. So a slow consumer slows
/// its client down instead of filling the memory. The sequence throws when the body ends early or exceeds its limit.
package final class HTTPBodyStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPBodyError

    private let state = Mutex(State())
    /// Called when the buffer becomes empty after it was full.
    private let onDrained: @Sendable () -> Void

    package init(onDrained: @escaping @Sendable () -> Void = {}) {
        self.onDrained = onDrained
    }

    package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    /// Adds a piece that arrived.
    ///
    /// - Returns: Whether a window (64 KiB) of bytes waits for the consumer, so that the caller should stop reading.
    package func push(_ piece: [UInt8]) -> Bool {
        let (waiter, full) = state.withLock { state -> (Waiter?, Bool) in
            guard state.end == nil else { return (nil, false) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, false)
            }
            state.pieces.append(piece)
            state.waiting += piece.count
            state.isFull = state.waiting >= 64 << 10
            return (nil, state.isFull)
        }
        waiter?.resume(returning: .success(piece))
        return full
    }

    /// Ends the stream: normally when `error` is `nil`, otherwise with that error after the last piece.
    package func finish(_ error: HTTPBodyError? = nil) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.end == nil else { return nil }
            state.end = .some(error)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    fileprivate func next() async throws(HTTPBodyError) -> [UInt8]? {
        let outcome: Result<[UInt8]?, HTTPBodyError> = await withCheckedContinuation { continuation in
            let (ready, drained) = state.withLock { state -> (Result<[UInt8]?, HTTPBodyError>?, Bool) in
                if let piece = state.pieces.popFirst() {
                    state.waiting -= piece.count
                    let drained = state.isFull && state.waiting == 0
                    if drained { state.isFull = false }
                    return (.success(piece), drained)
                }
                if let end = state.end { return (end.map { .failure($0) } ?? .success(nil), false) }
                guard state.waiter == nil else { return (.failure(.readTwice), false) }
                state.waiter = continuation
                return (nil, false)
            }
            if drained { onDrained() }
            if let ready { continuation.resume(returning: ready) }
        }
        return try outcome.get()
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: HTTPBodyStream

        package mutating func next() async throws(HTTPBodyError) -> [UInt8]? { try await stream.next() }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPBodyError) -> [UInt8]? { try await stream.next() }
    }

    private typealias Waiter = CheckedContinuation<Result<[UInt8]?, HTTPBodyError>, Never>

    private struct State {
        var pieces: ArraySlice<[UInt8]> = []
        var waiting = 0
        var isFull = false
        var end: HTTPBodyError??
        var waiter: Waiter?
    }
}

/// Why a streamed body ended early.
package enum HTTPBodyError: Error, Equatable {
    /// The client left or its connection was cut before the whole body arrived.
    case cutShort
    /// The body is longer than the route allows.
    case tooLarge(limit: Int)
    /// Two consumers read the same body.
    case readTwice
}
