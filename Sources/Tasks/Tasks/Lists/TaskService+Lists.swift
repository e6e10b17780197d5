/// What became of the question for a page.
package enum TaskPageAnswer: Sendable {
    /// The page, and the tag of what it was asked for.
    case page(TaskPage, tag: String)
    /// The page is the one that the tag names, which is known.
    case known(tag: String)
}

extension TaskService {
    /// About how much work is done before others run; see ``TaskListing/advance(by:)``.
    private static var slice: Int { 2000 }

    /// Reads a page of an owner's tasks; it includes every write that was answered before the call.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range, or a cursor that is not of this query.
    package func list(_ query: TaskQuery, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskPage {
        try await page(look(at: owner, trace: trace) { book, _ throws(TaskError) in try TaskListing(query, of: book) })
    }

    /// Reads a page of an owner's tasks, unless the caller knows it.
    ///
    /// - Parameters:
    ///   - query: What is asked for.
    ///   - owner: The owner of the tasks.
    ///   - trace: The trace that the calls continue.
    ///   - isKnown: Whether the caller knows the page with a tag. Equal tags of one query mean equal pages.
    /// - Returns: The page, or its tag.
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range, or a cursor that is not of this query.
    package func list(
        _ query: TaskQuery,
        owner: OwnerID,
        trace: String?,
        unless isKnown: (String) -> Bool
    ) async throws(TaskError) -> TaskPageAnswer {
        let (listing, tag) = try await look(at: owner, trace: trace) { book, revision throws(TaskError) in
            let listing = try TaskListing(query, of: book)
            return (listing, "\(revision).\(listing.tag)")
        }
        if isKnown(tag) { return .known(tag: tag) }
        return .page(await page(listing), tag: tag)
    }

    private func page(_ listing: TaskListing) async -> TaskPage {
        var listing = listing
        while !listing.advance(by: Self.slice) { await Task.yield() }
        return listing.page
    }
}
