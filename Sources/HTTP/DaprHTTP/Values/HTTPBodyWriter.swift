/// Takes the pieces of a streamed answer.
package struct HTTPBodyWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void

    package init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

    /// Sends a piece, and returns when there is room for the next.
    ///
    /// - Throws: `CancellationError` when the client has left or the server stops.
    package func write(_ piece: [UInt8]) async throws { try await send(piece) }
}
