package import Dapr
package import Tasks

/// Publishes one owner's changes from the journal as the relay would: the same events, in order.
///
/// A redrive may run beside servers, and be repeated: a subscriber that ignores a `sequence` which is not above the
/// last one sees each change once.
package struct OutboxRedrive: Sendable {
    /// The result of a redrive.
    package struct Outcome: Sendable, Equatable {
        /// The first change.
        package let first: Int
        /// The last change; less than the first when there was none to publish.
        package let last: Int
        /// Whether the stored mark now says that everything up to the last change is published.
        package let isMarked: Bool
    }

    private let owner: OwnerID
    private let reader: JournalReader
    private let publisher: EventPublisher
    private let documents: VersionedDocuments

    /// Creates a redrive; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName, pubsub: PubSubName, topic: TopicName, owner: OwnerID) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
        publisher = EventPublisher(dapr: dapr, store: store, pubsub: pubsub, topic: topic, watch: nil)
        documents = VersionedDocuments(dapr: dapr, store: store, watch: nil)
    }

    /// Publishes the changes up to the journal's end.
    ///
    /// - Parameters:
    ///   - first: The first change; `nil` for the first that is not known to be published.
    ///   - progress: Receives the last published change after each call.
    /// - Returns: The published changes.
    /// - Throws: ``OutboxRedriveError``; changes that were published before it stay published.
    package func run(
        from first: Int?,
        progress: (Int) -> Void = { _ in }
    ) async throws(OutboxRedriveError) -> Outcome {
        let stored = try await failing(as: OutboxRedriveError.journal, await reader.publishedSequence())
        let last = try await failing(as: OutboxRedriveError.journal, await reader.lastSequence())
        let marked = min(stored, last)
        // Where the store went back in time, a mark may be ahead, and the changes that come next were not published.
        if stored > last { try await mark(last) { $0 == stored } }
        let first = first ?? marked + 1
        var next = first
        while true {
            let events = try await failing(as: OutboxRedriveError.journal, await publisher.read(owner, from: next))
            if events.isEmpty {
                let last = try await failing(as: OutboxRedriveError.journal, await reader.lastSequence())
                if next > last { break }
                // A commit may have been made after the read.
                let again = try await failing(as: OutboxRedriveError.journal, await publisher.read(owner, from: next))
                if again.isEmpty { throw .missing(owner, sequence: next, last: last) }
                continue
            }
            // One event per call, as in the relay: several have no reliable order when some of them fail.
            for event in events {
                do throws(EventNotTaken) {
                    try await publisher.publish(event)
                } catch {
                    throw .notTaken(owner, published: next - 1, cause: error.cause)
                }
                next += 1
                progress(next - 1)
            }
        }
        // The changes between the mark and the first one were not published here.
        let isMarked = first <= marked + 1
        if isMarked, next - 1 > marked { try await mark(next - 1) { $0 < next - 1 } }
        return Outcome(first: first, last: next - 1, isMarked: isMarked)
    }

    /// Notes that everything up to a sequence is published, if that is to replace the stored sequence.
    private func mark(_ sequence: Int, replaces: (Int) -> Bool) async throws(OutboxRedriveError) {
        do throws(JournalFailure) {
            try await documents.update(reader.keys.published) { bytes in
                let stored = bytes.flatMap(PublishedMark.init(decoding:))?.sequence ?? 0
                return replaces(stored) ? PublishedMark(sequence: sequence).encoded : nil
            }
        } catch {
            throw .journal(error)
        }
    }
}

/// Why changes were not published by hand.
package enum OutboxRedriveError: Error, CustomStringConvertible {
    /// The store did not answer, or its data cannot be read.
    case journal(JournalFailure)
    /// The journal goes on, but lacks this change.
    case missing(OwnerID, sequence: Int, last: Int)
    /// The broker did not take the changes after this one.
    case notTaken(OwnerID, published: Int, cause: DaprError?)

    package var description: String {
        switch self {
        case .journal(let failure): "\(failure)"
        case .missing(let owner, let sequence, let last):
            "the journal of \(owner) goes to \(last) and has no change \(sequence): it was removed as too old (give a later --from), or lost (task-server verify tells)"
        case .notTaken(let owner, let published, let cause):
            "the broker did not take the changes of \(owner) after \(published)\(cause.map { " (\($0))" } ?? ""); see to it and repeat, which is harmless"
        }
    }
}
