/// What became of the question for a page.
package enum TaskPageAnswer: Sendable {
    /// The page, the tag of what it was asked for, and whether the same question will always have this answer.
    case page(TaskPage, tag: String, lasts: Bool)
    /// The page is the one that the tag names, which is known.
    case known(tag: String, lasts: Bool)
}

extension TaskService {
    /// About how much work is done before others run; see ``TaskListing/advance(by:)``.
    private static var slice: Int { 2000 }

    /// Reads a page of an owner's tasks; it includes every write that was answered before the call, or is as of the
    /// query's moment.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range, or a cursor that is not of this query; for a query
    ///   with a moment also what ``TimeTravel/book(of:asOf:trace:)`` throws.
    package func list(_ query: TaskQuery, owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> TaskPage {
        let found = try await look(for: query, at: owner, trace) { book, _, _ throws(TaskError) in
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
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range, or a cursor that is not of this query; for a query
    ///   with a moment also what ``TimeTravel/book(of:asOf:trace:)`` throws.
    package func list(
        _ query: TaskQuery,
        owner: OwnerID,
        trace: CallerTrace?,
        unless isKnown: (String) -> Bool
    ) async throws(TaskError) -> TaskPageAnswer {
        let (found, tag, lasts) = try await look(for: query, at: owner, trace) {
            book,
            revision,
            isSettled throws(TaskError) in
            let listing = try TaskListing(query, of: book)
            let tag = "\(revision).\(listing.tag)"
            return (isKnown(tag) ? nil : listing.begun, tag, isSettled && listing.isTimeless)
        }
        guard let found else { return .known(tag: tag, lasts: lasts) }
        return .page(try await page(found), tag: tag, lasts: lasts)
    }

    /// Looks at the book that a query is about, and whether it will always be so.
    private func look<Value: Sendable>(
        for query: TaskQuery,
        at owner: OwnerID,
        _ trace: CallerTrace?,
        _ look: (Book, _ revision: String, _ isSettled: Bool) throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        guard let moment = query.moment else {
            return try await self.look(at: owner, trace: trace) { book, revision throws(TaskError) in
                try look(book, revision, false)
            }
        }
        // All pages are of the change that the first was of.
        let first = try query.cursor.flatMap { text throws(TaskError) in try TaskCursor(parsing: text, of: query).past }
        let past = try await book(of: owner, asOf: first.map { .sequence($0.sequence) } ?? moment, trace: trace)
        return try look(past.book, past.revision, past.isSettled)
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
