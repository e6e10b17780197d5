/// Takes the pieces of a streamed answer.
package struct HTTPBodyWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void
    private let isSlow: @Sendable () -> Bool

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - isSlow: Whether the client was cut because it did not take what waited for it.
    ///   - send: Sends a piece, as ``write(_:)``.
    package init(
        isSlow: @escaping @Sendable () -> Bool = { false },
        _ send: @escaping @Sendable ([UInt8]) async throws -> Void
    ) {
        self.send = send
        self.isSlow = isSlow
    }

    /// Whether the client was cut because it did not take what waited for it.
    package var wasTooSlow: Bool { isSlow() }

    /// Sends a piece, and returns when there is room for the next.
    ///
    /// - Throws: `CancellationError` when the client has left or the server stops.
    package func write(_ piece: [UInt8]) async throws { try await send(piece) }
}
