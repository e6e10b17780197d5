package import Dapr
internal import DaprJSON
internal import TaskJSON
package import Tasks

/// Replays one owner's journal, and compares all stored documents with the result.
package struct BookAudit: Sendable {
    /// The result of an audit.
    package enum Finding: Sendable, Equatable {
        /// Everything is as the journal says.
        case sound(changes: Int, tasks: Int)
        /// The first difference, in words, with the key of the document.
        case different(key: String, reason: String)
        /// These changes are committed, but nobody is known to have heard of them; see ``PublicationAudit``.
        case unheard([ClosedRange<Int>])
        /// Others wrote all the time, so nothing could be compared.
        case busy
    }

    /// How many sequences after the journal's end are searched for a commit behind a gap.
    private static let lookahead = 256

    private let owner: OwnerID
    private let reader: JournalReader

    /// Creates an audit; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName, owner: OwnerID) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
    }

    /// Reads and compares everything.
    package func run() async throws(JournalFailure) -> Finding {
        for _ in 0..<Backoff.audit.attempts {
            do throws(Stop) {
                return try await once()
            } catch {
                switch error {
                case .found(let finding): return finding
                case .moved: continue
                case .failed(.book(.unreadable(let key, let reason))): return .different(key: key, reason: reason)
                case .failed(let failure): throw failure
                }
            }
        }
        return .busy
    }

    private enum Stop: Error {
        case found(Finding)
        case moved
        case failed(JournalFailure)
    }

    private func once() async throws(Stop) -> Finding {
        var replay = JournalReplay(book: Book(owner: owner), keys: reader.keys)
        let snapshot = try await failing(as: Stop.failed, await reader.snapshot(of: owner))
        let first = try await failing(as: Stop.failed, await reader.commit(at: 1))
        if snapshot.firstKept > 1 {
            // Old commits were removed, so the replay begins with the snapshot.
            replay.book = snapshot.book
        } else if first == nil, snapshot.hasSnapshot {
            return .different(key: reader.keys.commit(1).rawValue, reason: "it is missing, though there is a snapshot")
        }
        var wrong: Finding?
        var last = snapshot.firstKept > 1 ? snapshot.commit : nil
        let start = replay.book.head + 1
        func isSound(_ record: CommitRecord) -> Bool {
            last = record.mark
            wrong = replay.apply(record).map { .different(key: $0.key, reason: $0.reason) }
            return wrong == nil
        }
        let stranded = try await failing(
            as: Stop.failed,
            await reader.commits(from: start, after: last?.id, isSound)
        )
        if let wrong { return wrong }
        let book = replay.book
        // A difference counts only when nobody wrote during the comparison.
        let difference = try await differences(book, replay, snapshot, stranded)
        let next = try await failing(as: Stop.failed, await reader.commit(at: book.head + 1))
        if next?.mayFollow(last?.id) == true { throw .moved }
        return difference ?? .sound(changes: book.head, tasks: book.count)
    }

    private func differences(
        _ book: Book,
        _ replay: JournalReplay,
        _ snapshot: LoadedBook,
        _ stranded: Set<Int>
    ) async throws(Stop) -> Finding? {
        if let page = snapshot.missingPage {
            return .different(
                key: page.rawValue,
                reason: "it is missing or another, though the snapshot's head names it"
            )
        }
        if snapshot.end > book.head {
            return .different(
                key: reader.keys.commit(book.head + 1).rawValue,
                reason: "it is missing, though the snapshot goes to \(snapshot.end)"
            )
        }
        if snapshot.published > book.head {
            return .different(
                key: reader.keys.published.rawValue,
                reason: "\(snapshot.published) changes are said to be published, and there are \(book.head)"
            )
        }
        if let finding = try await strandedCommits(book.head, stranded) { return finding }
        if let finding = try await differentTask(book, Set(replay.gone.keys)) { return finding }
        if let finding = try await damagedCheckpoint() { return finding }
        return try await differentSnapshot(book, snapshot, replay.keyTimes)
    }

    /// Finds stranded records: those that were met in the journal, and those behind its end.
    private func strandedCommits(_ head: Int, _ met: Set<Int>) async throws(Stop) -> Finding? {
        let asked = met.filter { $0 <= head }.sorted() + Array((head + 1)...(head + BookAudit.lookahead))
        let found = try await failing(as: Stop.failed, await reader.starts(in: asked))
        guard let first = found.first else { return nil }
        let rest = found.dropFirst().map { "\($0.sequence)" }.joined(separator: ", ")
        let others = rest.isEmpty ? "" : ", as is what begins at \(rest)"
        return .different(
            key: reader.keys.commit(first.sequence).rawValue,
            reason:
                "it is stranded\(others): the journal goes to \(head) and does not lead there, since the store has lost the commits before it; the next list or write of this owner takes it out"
        )
    }

    private func differentTask(_ book: Book, _ gone: Set<TaskID>) async throws(Stop) -> Finding? {
        let tasks = book.tasksInOrder
        let ids = tasks.map(\.id) + gone.filter { book.task($0) == nil }
        let found = try await failing(as: Stop.failed, await reader.entries(ids.map(reader.keys.task)))
        for id in ids {
            let key = reader.keys.task(id)
            let task = book.task(id)
            var entry = found[key]
            if task != nil { entry = try await failing(as: Stop.failed, await reader.certain(entry, key)) }
            let stored = entry.map { (try? JSONValue(parsing: $0.value)).flatMap(TaskItem.init(stored:)) }
            switch (task, stored) {
            case (nil, nil): continue
            case (nil, _?): return .different(key: key.rawValue, reason: "it is there, though it was deleted")
            case (_?, nil): return .different(key: key.rawValue, reason: "it is missing")
            case (let task?, let stored?):
                if task != stored { return .different(key: key.rawValue, reason: "it is not as its changes left it") }
            }
        }
        return nil
    }

    /// Checks that each checkpoint can be read back.
    private func damagedCheckpoint() async throws(Stop) -> Finding? {
        let head = try await failing(as: Stop.failed, await reader.storedHead())
        for checkpoint in head?.checkpoints ?? [] {
            let key = reader.keys.checkpoint(checkpoint)
            guard let entry = try await failing(as: Stop.failed, await reader.sole(key)) else {
                return .different(key: key.rawValue, reason: "it is missing, though the snapshot's head lists it")
            }
            let kept = try await failing(as: Stop.failed, try reader.head(entry, key)).snapshot
            let (pages, _, missing) = try await failing(as: Stop.failed, await reader.pages(Array(kept.pages.values)))
            if let missing {
                return .different(key: missing.rawValue, reason: "it is missing, though a checkpoint names it")
            }
            guard Book(owner: owner, snapshot: kept, pages: pages)?.head == checkpoint.sequence else {
                return .different(key: key.rawValue, reason: "its pages are not the book at \(checkpoint.sequence)")
            }
        }
        return nil
    }

    private func differentSnapshot(
        _ book: Book,
        _ snapshot: LoadedBook,
        _ keyTimes: [Int: Timestamp]
    ) async throws(Stop) -> Finding? {
        guard snapshot.book.head > 0 else { return nil }
        var loaded = snapshot.book
        func take(_ record: CommitRecord) -> Bool {
            for entry in record.entries where entry.change.sequence <= book.head { apply(entry.change, to: &loaded) }
            return loaded.head < book.head
        }
        _ = try await failing(as: Stop.failed, await reader.commits(from: snapshot.book.head + 1, take))
        if loaded.isSame(as: book, orWith: keyTimes) { return nil }
        return .different(
            key: reader.keys.head.rawValue,
            reason: "the snapshot with the commits after it is not what the journal gives"
        )
    }
}
