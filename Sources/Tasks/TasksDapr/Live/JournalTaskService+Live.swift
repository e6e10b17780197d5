internal import Dapr
internal import DaprLog
internal import Tasks

/// How those who follow changes here learn of what other servers commit.
extension JournalTaskService {
    /// How long after a look the next one begins: changes are to arrive within a second.
    static let lookInterval = Duration.milliseconds(800)

    /// Looks for commits of others until cancelled, and wakes those who have waited long enough.
    func lookForCommits() async {
        var failed = false
        while !Task.isCancelled {
            // A cancelled sleep ends early.
            try? await Task.sleep(for: Self.lookInterval)
            live.dismissLate()
            do throws(JournalFailure) {
                try await lookOnce()
                failed = false
            } catch {
                // Once for each time that the store is away; followers wait meanwhile.
                if !failed, !error.isCancellation {
                    journal.logger.warning(
                        "Commits of other servers are not seen: the store did not answer",
                        ["error": .string("\(error)")]
                    )
                }
                failed = true
            }
        }
    }

    /// Looks once for the next commit of every owner that somebody follows, with one bulk read.
    ///
    /// Only presence counts: what is not found now is found by the next look.
    func lookOnce() async throws(JournalFailure) {
        let heads = live.heads
        if heads.isEmpty { return }
        let asked = journal.clock()
        let keys = heads.map { JournalKeys($0.owner).commit($0.head + 1) }
        let found = try await watched(by: journal.watch) { () async throws(JournalFailure) in
            try await journal.dapr.with(timeout: journal.configuration.callTimeout).entries(journal.store, keys)
        }
        if found.isEmpty { return }
        // Together, because their reads share calls.
        let failures = await withTaskGroup(of: JournalFailure?.self) { group in
            for ((owner, head), key) in zip(heads, keys) {
                guard let entry = found[key] else { continue }
                let book = book(of: owner)
                group.addTask { [shelf] in
                    defer { shelf.weigh(book, of: owner) }
                    do throws(JournalFailure) {
                        try await book.takeNews(entry, at: head + 1, readAt: asked)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [JournalFailure]()) { if let failure = $1 { $0.append(failure) } }
        }
        if let failure = failures.first(where: { !$0.endsWhenReadAgain }) { throw failure }
    }
}
