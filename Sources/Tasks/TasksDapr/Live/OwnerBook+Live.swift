internal import Dapr
internal import Tasks

extension OwnerBook {
    /// Takes a commit that a look for news found after the last known one, and those behind it.
    ///
    /// - Parameters:
    ///   - found: The record.
    ///   - sequence: Where it was found.
    ///   - asked: When the look began.
    /// - Throws: ``JournalFailure`` when the journal cannot be read.
    func takeNews(
        _ found: StateEntry,
        at sequence: Int,
        readAt asked: ContinuousClock.Instant
    ) async throws(JournalFailure) {
        let reader = journal.sharingReader(of: owner, trace: nil)
        do throws(JournalFailure) {
            _ = try await standsOnGround(reader)
            if view.isLoaded { _ = try await view.take(try reader.decoded(found, sequence), readAt: asked, reader) }
            _ = try await view.catchUp(with: reader)
            try await tryToRemoveStranded(reader)
        } catch {
            noteLost(error)
            throw error
        }
        // A view that was read from a snapshot never told of the changes in it.
        journal.live.note(head: view.head, of: owner)
    }
}

extension RecordedChange {
    /// The change of an event.
    init(_ event: TaskEvent) { self.init(change: event.change, task: event.task) }
}
