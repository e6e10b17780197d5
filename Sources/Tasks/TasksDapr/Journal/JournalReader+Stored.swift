internal import Dapr
internal import DaprJSON
internal import Tasks

/// A commit with the document it was read from.
struct StoredCommit: Sendable {
    let record: CommitRecord
    let entry: StateEntry

    /// The document's format.
    var format: Int { (try? JSONValue(parsing: entry.value))?["v"]?.intValue ?? 0 }
}

extension JournalReader {
    /// How many sequences one call of ``storedCommits(from:after:)`` looks at.
    private static let storedWindow = 256

    /// Reads the next commits in their stored form, in order.
    ///
    /// - Parameters:
    ///   - first: The sequence at which the first commit starts.
    ///   - previous: The identifier of the commit before it, if it is known.
    /// - Returns: Some commits; none when the journal ended there at the time of the call.
    /// - Throws: ``JournalFailure`` when the store does not answer or a record cannot be read.
    func storedCommits(from first: Int, after previous: String?) async throws(JournalFailure) -> [StoredCommit] {
        let end = first + JournalReader.storedWindow
        var found = try await entries((first..<end).map(keys.commit))
        found[keys.commit(first)] = try await certain(found[keys.commit(first)], keys.commit(first))
        var commits: [StoredCommit] = []
        var next = first
        while next < end, let entry = found[keys.commit(next)] {
            let record = try decoded(entry, next)
            guard record.mayFollow(commits.last?.record.id ?? previous) else { break }
            commits.append(StoredCommit(record: record, entry: entry))
            next += record.entries.count
        }
        return commits
    }

    /// The head of the stored snapshot.
    func storedHead() async throws(JournalFailure) -> SnapshotHead? {
        try await sole(keys.head).map { entry throws(JournalFailure) in try head(entry) }
    }

    /// The sequence of the journal's last change; 0 when there is none.
    func lastSequence() async throws(JournalFailure) -> Int {
        let head = try await storedHead()
        var last = head?.snapshot.sequence ?? 0
        try await commits(from: last + 1, after: head?.commit?.id) { record in
            last = record.last
            return true
        }
        return last
    }

    /// The highest sequence that the store says is published.
    func publishedSequence() async throws(JournalFailure) -> Int {
        let mark = try await sole(keys.published).flatMap { PublishedMark(decoding: $0.value)?.sequence }
        return max(mark ?? 0, try await storedHead()?.published ?? 0)
    }
}
