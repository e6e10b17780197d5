import TestSupport
import Testing

@testable import Tasks

/// A book, a clock and identifiers, to perform commands on.
struct TestBook {
    var book: Book
    var journal: [TaskChange] = []
    var now = Timestamp(clamping: 1_767_323_045_678)
    var textLimit = Int.max
    private var made: UInt64 = 0

    init(owner: String = "owner") throws {
        book = Book(owner: try #require(OwnerID(owner)))
    }

    @discardableResult
    mutating func perform(
        _ command: TaskCommand,
        expecting version: Int? = nil,
        key: String? = nil
    ) throws(TaskError) -> [TaskChange] {
        let context = CommandContext(
            actor: book.owner,
            channel: .event,
            conditions: command.expecting(version),
            idempotencyKey: key
        )
        var draft = BookDraft(of: book, textLimit: textLimit)
        let decision = try decide(&draft, CheckedCommand(command), context: context, now: now) {
            made += 1
            return TaskID(high: 0x7000, low: made &* 0x9E37_79B9_7F4A_7C15)
        }
        let changes = decision.changes.map(\.change)
        for change in changes { apply(change, to: &book) }
        journal += changes
        return changes
    }

    @discardableResult
    mutating func create(_ title: String) throws -> TaskID {
        try #require(try perform(.create(TaskContent(title: title), id: nil)).first).taskID
    }
}

extension Book {
    /// The page of tasks that a query asks for, found without a break.
    func page(_ query: TaskQuery) throws(TaskError) -> TaskPage {
        var listing = try TaskListing(query, of: self)
        while !listing.advance(by: .max) {}
        return listing.page
    }
}
