package import Dapr
package import Tasks

/// Finds an owner's changes that are committed and that nobody is known to have heard.
///
/// Marks, slots and leases are what a server believes, so none of them is asked: the activity, which is made of the events that came back from the
/// broker, tells up to which change they were published. Changes of an imported book were published elsewhere, and are found until its next change.
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
        store: StoreName,
        owner: OwnerID,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.owner = owner
        self.sleep = sleep
        reader = JournalReader(dapr: dapr, store: store, owner: owner)
    }

    /// Compares the journal's end with what was heard, for a while if the one is behind the other.
    ///
    /// - Returns: the changes that nobody heard; nil when there are none.
    /// - Throws: ``JournalFailure`` when the store does not answer, or what it has cannot be read.
    package func run() async throws(JournalFailure) -> ClosedRange<Int>? {
        let last = try await reader.lastSequence()
        var waited = Duration.zero
        while true {
            let heard = try await heard()
            if heard >= last { return nil }
            guard waited < PublicationAudit.patience else { return heard + 1...last }
            do { try await sleep(.seconds(1)) } catch { return heard + 1...last }
            waited += .seconds(1)
        }
    }

    private func heard() async throws(JournalFailure) -> Int {
        let key = StateKey("activity:\(owner.keyComponent)")
        guard let entry = try await reader.sole(key) else { return 0 }
        do throws(TaskError) {
            return try ActivityDocument.activity(decoding: entry.value, key: key.rawValue)?.sequence ?? 0
        } catch {
            throw .book(error)
        }
    }
}
