package import Dapr
package import Tasks

/// Finds an owner's committed changes of which nobody is known to have heard.
///
/// Marks, slots and leases hold a server's belief, and the broker may have lost events that it accepted, so the audit
/// reads none of them. Only an event that came back proves that it was published, on any broker. The activity notes for
/// which of its counted changes no event came (``Activity/unheard``); it has not heard of a change that it does not
/// count. So every change that the audit does not report was published. A reported change may have been published too,
/// if the server's own subscription was off or lost it. An import brings history, which counts as heard.
///
/// The audit reaches as far back as commits are kept. Older ones are removed only when a mark says that they are
/// published, and nobody can publish them any more.
package struct PublicationAudit: Sendable {
    /// The most time for an event from its commit to the activity.
    private static let patience = Duration.seconds(10)

    private let owner: OwnerID
    private let reader: JournalReader
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Creates an audit; makes no call yet.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar.
    ///   - store: The state store.
    ///   - owner: The journal's owner.
    ///   - sleep: Waits for a duration, or throws when the task is cancelled.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        owner: OwnerID,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.owner = owner
        self.sleep = sleep
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
    }

    /// Compares the journal with the activity, repeatedly for a while if changes are unheard.
    ///
    /// - Returns: The changes of which nobody is known to have heard, in order; empty when there are none.
    /// - Throws: ``JournalFailure`` when the store does not answer, or its data cannot be read.
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
