package import Dapr
package import Tasks

/// Reads an owner's changes from the journal.
package struct JournalChangeSource: ChangeSource {
    private let dapr: DaprClient
    private let store: StateStoreName
    private let watch: StoreWatch?
    private let unavailable: TaskError

    /// Creates a source for the store that holds the journal; `watch` is told of its calls.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        watch: StoreWatch?,
        retryAfter: Duration = .seconds(2)
    ) {
        self.dapr = dapr
        self.store = store
        self.watch = watch
        unavailable = .storeUnavailable(retryAfter: retryAfter)
    }

    package func changes(
        of owner: OwnerID,
        after sequence: Int,
        told: Int,
        limit: Int
    ) async throws(TaskError) -> [ActivityChange] {
        let reader = JournalReader(dapr: dapr, store: store, owner: owner, trace: nil, watch: watch)
        do throws(JournalFailure) {
            var events = try await reader.events(of: owner, from: sequence + 1, limit: limit)
            if events.isEmpty, let first = try await reader.firstKept(of: owner, after: sequence + 1, upTo: told) {
                events = try await reader.events(of: owner, from: first, limit: limit)
            }
            return events.map { event in
                ActivityChange(
                    sequence: event.change.sequence,
                    time: event.change.time,
                    kind: event.change.kind,
                    taskID: event.change.taskID,
                    title: event.task.content.title
                )
            }
        } catch {
            if case .book(let error) = error { throw error }
            throw error.isCancellation ? .cancelled : unavailable
        }
    }
}

extension JournalReader {
    /// Finds the first change that is kept, between a lost one and one that should exist; `nil` when that one is lost
    /// too.
    ///
    /// A journal has no gaps and loses only its oldest commits, so the kept ones are one stretch at its end, and a
    /// binary search finds its start.
    fileprivate func firstKept(
        of owner: OwnerID,
        after lost: Int,
        upTo told: Int
    ) async throws(JournalFailure) -> Int? {
        guard told > lost, try await !events(of: owner, from: told, limit: 1).isEmpty else { return nil }
        var (lost, kept) = (lost, told)
        while kept - lost > 1 {
            let middle = lost + (kept - lost) / 2
            if try await events(of: owner, from: middle, limit: 1).isEmpty { lost = middle } else { kept = middle }
        }
        return kept
    }
}
