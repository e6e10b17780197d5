package import Dapr
internal import Tasks

/// Looks at what the instances have yet to publish.
package struct OutboxReader: Sendable {
    /// An instance that publishes, or did until it died.
    package struct Instance: Sendable {
        /// Its name.
        package let name: String
        /// What it says of itself; nil when it ended a moment ago.
        package let lease: RelayLease?
        /// Its slots that are in use.
        package var slots: [Slot] = []
    }

    /// An owner with changes that may be unpublished.
    package struct Slot: Sendable {
        /// The slot's number.
        package let number: Int
        /// What the slot says.
        package let content: OutboxSlot
        /// The highest sequence that is known to be published.
        package let published: Int
        /// The last change in the owner's journal.
        package let last: Int
    }

    private static let slotsPerRead = 256

    private let dapr: DaprClient
    private let store: StoreName

    /// Makes one; it calls nothing yet.
    package init(dapr: DaprClient, store: StoreName) {
        self.dapr = dapr
        self.store = store
    }

    /// All instances with the slots they use.
    ///
    /// - Throws: ``TaskError/unreadable(key:reason:)`` for a slot that is none, or what the store says.
    package func instances() async throws(JournalFailure) -> [Instance] {
        let documents = GuardedDocuments(dapr: dapr, store: store)
        let list = try await documents.read(RelayKeys.instances).map { InstanceList(decoding: $0.value) }
        var instances: [Instance] = []
        for name in list?.instances ?? [] {
            let entry = try await documents.read(RelayKeys.lease(name))
            var instance = Instance(name: name, lease: entry.flatMap { RelayLease(decoding: $0.value) })
            let slots = instance.lease?.slots ?? 0
            for start in stride(from: 0, to: slots, by: OutboxReader.slotsPerRead) {
                let numbers = Array(start..<min(start + OutboxReader.slotsPerRead, slots))
                let found = try await documents.read(numbers.map { RelayKeys.slot(name, $0) })
                for number in numbers {
                    let key = RelayKeys.slot(name, number)
                    guard let entry = found[key] else { continue }
                    guard let content = OutboxSlot(decoding: entry.value) else {
                        throw .book(.unreadable(key: key.rawValue, reason: "no slot of the outbox"))
                    }
                    let reader = JournalReader(dapr: dapr, store: store, owner: content.owner)
                    instance.slots.append(
                        Slot(
                            number: number,
                            content: content,
                            published: try await reader.publishedSequence(),
                            last: try await reader.lastSequence()
                        )
                    )
                }
            }
            instances.append(instance)
        }
        return instances
    }
}
