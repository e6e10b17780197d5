package import Dapr
internal import Tasks

/// Reads the changes that all instances have yet to publish.
package struct OutboxReader: Sendable {
    /// An instance that publishes, or did until it died.
    package struct Instance: Sendable {
        /// Its name.
        package let name: String
        /// Its lease; `nil` when it ended a moment ago.
        package let lease: RelayLease?
        /// Its slots that are in use.
        package var slots: [Slot] = []
    }

    /// An owner with changes that may be unpublished.
    package struct Slot: Sendable {
        /// The slot's number.
        package let number: Int
        /// The contents of the slot.
        package let content: OutboxSlot
        /// The highest sequence known to be published.
        package let published: Int
        /// The last change in the owner's journal.
        package let last: Int
    }

    private let dapr: DaprClient
    private let store: StateStoreName

    /// Creates a reader; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName) {
        self.dapr = dapr
        self.store = store
    }

    /// Reads all instances with the slots they use.
    ///
    /// - Throws: ``JournalFailure/book(_:)`` with ``TaskError/unreadable(key:reason:)`` for an unreadable slot, or
    ///   another failure of the store.
    package func instances() async throws(JournalFailure) -> [Instance] {
        let documents = VersionedDocuments(dapr: dapr, store: store, watch: nil)
        var instances: [Instance] = []
        for name in try await documents.instances() {
            let entry = try await documents.read(RelayKeys.lease(name))
            var instance = Instance(name: name, lease: entry.flatMap { RelayLease(decoding: $0.value) })
            for (number, entry) in try await documents.slots(of: name, instance.lease) {
                if OutboxSlot.isClosed(entry.value) { continue }
                guard let content = OutboxSlot(decoding: entry.value) else {
                    let key = RelayKeys.slot(name, number).rawValue
                    throw .book(.unreadable(key: key, reason: "no slot of the outbox"))
                }
                let reader = JournalReader(dapr: dapr, store: store, owner: content.owner, watch: nil)
                instance.slots.append(
                    Slot(
                        number: number,
                        content: content,
                        published: try await reader.publishedSequence(),
                        last: try await reader.lastSequence()
                    )
                )
            }
            instances.append(instance)
        }
        return instances
    }
}

extension VersionedDocuments {
    /// The instances that publish, or did until they died.
    func instances() async throws(JournalFailure) -> [String] {
        try await read(RelayKeys.instances).map { InstanceList(decoding: $0.value).instances } ?? []
    }

    /// The documents of an instance's slots that are in use or closed, in order, as far as a bulk read finds them.
    func slots(
        of instance: String,
        _ lease: RelayLease?
    ) async throws(JournalFailure) -> [(number: Int, entry: StateEntry)] {
        let numbers = (lease?.first ?? 0)..<(lease?.slots ?? 0)
        let found = try await read(numbers.lazy.map { RelayKeys.slot(instance, $0) })
        return numbers.compactMap { number in found[RelayKeys.slot(instance, number)].map { (number, $0) } }
    }
}
