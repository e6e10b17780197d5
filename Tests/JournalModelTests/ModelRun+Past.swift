import Tasks

@testable import Tasks
@testable import TasksDapr

extension ModelRun {
    /// Compares the past that an engine tells, at the beginning of the run and in it, with the journal.
    func checkPast(_ account: ModelLedger.Account, _ owner: OwnerID, _ finder: ModelEngine) async throws(TaskError) {
        let changes = account.commits.flatMap(\.entries).map(\.change)
        let places = Set([0, changes.count / 3, changes.count * 2 / 3])
        var book = account.origin
        for place in 0...changes.count {
            if place > 0 { apply(changes[place - 1], to: &book) }
            guard places.contains(place) else { continue }
            let past: PastBook
            do throws(TaskError) {
                past = try await finder.service.book(of: owner, asOf: .sequence(book.head), trace: nil)
            } catch TaskError.pastGone(let oldest)
                where oldest > book.head
                && (owner == image?.owner || account.imported > 0 || world.configuration.historyRetention != nil)
            {
                // A book that was copied or imported has no checkpoints of before, and one of the run may come late.
                continue
            }
            if past.book.tasksInOrder != book.tasksInOrder {
                world.broke(.tasksAsJournal, "\(owner): the book as of \(book.head) is not what the journal gives")
            }
        }
    }
}
