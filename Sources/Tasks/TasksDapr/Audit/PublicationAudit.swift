package import Dapr
package import Tasks

/// Finds an owner's changes that are committed and of which it is not known that anybody has heard.
///
/// Marks, slots and leases are what a server believes, and the broker may have lost what it took, so none of them is asked. Only an event that came
/// back proves that it was published, on any broker: the activity notes of which of the changes that it counts no event came
/// (``Activity/unheard``), and what it does not count it has not heard of. So what this does not find was published; what it finds may have been,
/// when the server's own subscription was off or lost it. An import brings history, which counts as heard of.
///
/// It sees as far back as commits are kept: older ones are removed only when a mark says that they are published, and nobody can publish them any more.
package struct PublicationAudit: Sendable {
    /// How long an event may take from its commit to the activity.
    private static let patience = Duration.seconds(10)

    private let owner: OwnerID
    private let reader: JournalReader
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Makes an audit; it calls nothing yet.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar.
    ///   - store: the state store.
    ///   - owner: whose journal it is.
    ///   - sleep: waits that long, or throws when the task is cancelled.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        owner: OwnerID,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.owner = owner
        self.sleep = sleep
        reader = JournalReader(dapr: dapr, store: store, owner: owner)
    }

    /// Compares the journal with what was heard, for a while if there is something that was not.
    ///
    /// - Returns: the changes that nobody is known to have heard, in order; empty when there are none.
    /// - Throws: ``JournalFailure`` when the store does not answer, or what it has cannot be read.
    package func run() async throws(JournalFailure) -> [ClosedRange<Int>] {
        let last = try await reader.lastSequence()
        let first = try await reader.storedHead()?.first ?? 1
        if last < first { return [] }
        var waited = Duration.zero
        while true {
            let unheard = try await unheard(upTo: last).filter { $0.overlaps(first...last) }
                .map { $0.clamped(to: first...last) }
            if unheard.isEmpty || waited >= PublicationAudit.patience { return unheard }
            do { try await sleep(.seconds(1)) } catch { return unheard }
            waited += .seconds(1)
        }
    }

    private func unheard(upTo last: Int) async throws(JournalFailure) -> [ClosedRange<Int>] {
        let key = reader.keys.activity
        guard let entry = try await reader.sole(key) else { return [1...last] }
        do throws(TaskError) {
            let found = try ActivityDocument.activity(decoding: entry.value, key: key.rawValue)
            guard let activity = found else { return [1...last] }
            return activity.unheard + (activity.sequence < last ? [activity.sequence + 1...last] : [])
        } catch {
            throw .book(error)
        }
    }
}
