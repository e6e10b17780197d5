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
    package func list(_ query: TaskQuery, owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> TaskPage {
        let found = try await look(at: owner, trace: trace) { book, _ throws(TaskError) in
            try TaskListing(query, of: book).begun
        }
        return try await page(found)
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
        trace: CallerTrace?,
        unless isKnown: (String) -> Bool
    ) async throws(TaskError) -> TaskPageAnswer {
        let (found, tag) = try await look(at: owner, trace: trace) { book, revision throws(TaskError) in
            let listing = try TaskListing(query, of: book)
            let tag = "\(revision).\(listing.tag)"
            return (isKnown(tag) ? nil : listing.begun, tag)
        }
        guard let found else { return .known(tag: tag) }
        return .page(try await page(found), tag: tag)
    }

    private func page(_ found: TaskListing.Begun) async throws(TaskError) -> TaskPage {
        switch found {
        case .page(let page): return page
        case .listing(var listing):
            while !listing.advance(by: Self.slice) {
                await Task.yield()
                if Task.isCancelled { throw .cancelled }
            }
            return listing.page
        }
    }
}
