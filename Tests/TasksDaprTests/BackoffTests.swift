import Dapr
import Testing

@testable import TasksDapr

struct BackoffTests {
    @Test(arguments: [
        (Backoff.relay, 50...75, 10_000...15_000), (.redrive, 50...50, 3_200...3_200), (.command, 5...10, 320...640),
        (.document, 0...8, 0...256), (.copy, 10...10, 320...320), (.activity, 20...20, 1_000...1_000),
        (.lease, 0...0, 0...0),
    ])
    func `pauses double from the first to the longest, and stay there`(
        backoff: Backoff,
        first: ClosedRange<Int>,
        last: ClosedRange<Int>
    ) {
        func milliseconds(_ range: ClosedRange<Int>, times factor: Int = 1) -> ClosedRange<Duration> {
            .milliseconds(range.lowerBound * factor) ... .milliseconds(range.upperBound * factor)
        }
        for _ in 0..<20 {
            #expect(milliseconds(first).contains(backoff.delay(after: 1)))
            #expect(milliseconds(first, times: 2).contains(backoff.delay(after: 2)))
            for failures in [12, 1000] { #expect(milliseconds(last).contains(backoff.delay(after: failures))) }
        }
    }

    @Test func `a write is repeated as often as its policy says, and only one that may be`() async throws {
        let conflict = DaprError(.conflict, operation: "POST state/{store}", status: 409)
        var failures = 0
        await #expect(throws: JournalFailure.store(conflict)) {
            while true { try await Backoff.document.pause(after: conflict, &failures) }
        }
        #expect(failures == Backoff.document.attempts)
        let refused = DaprError(.refused, operation: "POST state/{store}", status: 400)
        failures = 0
        await #expect(throws: JournalFailure.store(refused)) {
            try await Backoff.document.pause(after: refused, &failures)
        }
    }
}
