package import Testing

/// Waits until something holds, asking each few milliseconds, and fails the test after a minute.
///
/// The minute is for a busy machine: no test may take as long as that for what it waits for.
package func eventually(
    _ what: @autoclosure () -> String = "what the test waits for",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ holds: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !holds() {
        try #require(ContinuousClock.now < deadline, "within a minute: \(what())", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(5))
    }
}
