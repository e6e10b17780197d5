import Dapr
import Tasks
import TasksDapr
import TestSupport
import Testing

/// Pages of changes are bounded by bytes, on the journal.
struct PageTests {
    private static let long = String(repeating: "\u{1F600}", count: 10_000)

    @Test func `changes are paged by bytes too, without a gap`() async throws {
        try await Flow.with { flow in
            let owner = try #require(OwnerID("ann"))
            for _ in 0..<60 {
                _ = try await flow.service.perform(
                    .create(TaskContent(title: "x", description: Self.long), id: nil),
                    owner: owner,
                    context: CommandContext(actor: owner, channel: .rest)
                )
            }
            var sequences: [Int] = []
            while sequences.last != 60 {
                let page = try await flow.service.changes(
                    since: sequences.last ?? 0,
                    limit: 1000,
                    owner: owner,
                    trace: nil
                )
                #expect(page.head == 60)
                // The task, and what the change set.
                #expect((1...PageBytes.limit / 80_000).contains(page.changes.count))
                try #require(!page.changes.isEmpty)
                sequences += page.changes.map(\.change.sequence)
            }
            #expect(sequences == Array(1...60))
        }
    }

    @Test func `a task's history is paged by bytes too, and every change is on one page`() async throws {
        try await Flow.with { flow in
            let owner = try #require(OwnerID("ann"))
            let context = CommandContext(actor: owner, channel: .rest)
            let created = try await flow.service.perform(
                .create(TaskContent(title: "x"), id: nil),
                owner: owner,
                context: context
            )
            let id = try #require(created.task?.id)
            for number in 0..<40 {
                var patch = TaskPatch()
                patch.set(.description) { $0.description = "\(number % 10)" + Self.long.dropLast() }
                _ = try await flow.service.perform(.patch(id, patch), owner: owner, context: context)
            }
            var versions: [Int] = []
            var cursor: String?
            repeat {
                let page = try await flow.service.history(
                    of: id,
                    cursor: cursor,
                    limit: 200,
                    owner: owner,
                    trace: nil
                )
                #expect((1...10).contains(page.changes.count))
                versions += page.changes.map(\.change.version)
                cursor = page.nextCursor
            } while cursor != nil && versions.count < 100
            #expect(versions == Array((1...41).reversed()))
        }
    }
}
