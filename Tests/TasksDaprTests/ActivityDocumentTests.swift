import Tasks
import TestTools
import Testing

@testable import TasksDapr

struct ActivityDocumentTests {
    /// Many changes, over more days than are kept, with what is passed over between them.
    @Test func `a document that goes on from another is written as one without`() throws {
        var random = SeededRandom(seed: 7)
        var activity = Activity()
        var document: ActivityDocument?
        var milliseconds: Int64 = 1_700_000_000_000
        for step in 0..<1500 {
            if step % 97 == 96 { activity.pass(over: activity.sequence + 3) }
            for _ in 0..<Int.random(in: 0...25, using: &random) {
                milliseconds += Int64.random(in: -3_600_000...10_000_000, using: &random)
                activity.note(
                    ActivityChange(
                        sequence: activity.sequence + 1,
                        time: Timestamp(clamping: milliseconds),
                        kind: TaskChange.Kind.allCases.randomElement(using: &random) ?? .created,
                        taskID: TaskID(high: .random(in: 0 ... .max, using: &random), low: 1),
                        title: String(repeating: "é<\"", count: .random(in: 0...9, using: &random))
                    )
                )
            }
            let anew = ActivityDocument(activity)
            let next = ActivityDocument(activity, after: document)
            try #require(next.bytes == anew.bytes, "step \(step)")
            #expect(try ActivityDocument.activity(decoding: next.bytes, key: "k") == activity)
            document = step % 13 == 12 ? nil : next
        }
        #expect(activity.days.count == Activity.dayLimit)
    }
}
