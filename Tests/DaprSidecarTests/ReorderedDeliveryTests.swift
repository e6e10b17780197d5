import Synchronization
import Testing

@testable import DaprSidecar

/// How a fault plan reorders the messages of a broker that has several on their way.
struct ReorderedDeliveryTests {
    private func message(_ number: Int) -> BrokerMessage {
        BrokerMessage(topic: "t", data: Array(#"{"id":"\#(number)"}"#.utf8))
    }

    private func delivery(
        _ plan: String,
        _ deliver: @escaping @Sendable ([BrokerMessage]) async -> [Acknowledgement]
    )
        throws -> ReorderedDelivery
    {
        ReorderedDelivery(
            FaultInjector(try FaultPlan(parsing: plan)),
            component: "bus",
            sleep: Surroundings.wait,
            deliver: deliver
        )
    }

    @Test func `a message that is held back is answered at once and delivered behind the next`() async throws {
        let delivered = Mutex<[BrokerMessage]>([])
        let reordered = try delivery("deliver key=1 -> reorder 1") { messages in
            delivered.withLock { $0 += messages }
            return messages.map { _ in .drop }
        }
        let run = Task { await reordered.run() }
        #expect(await reordered.take(message(1)) == .success, "the broker goes on")
        #expect(await reordered.take(message(2)) == .drop, "the application's answer")
        #expect(delivered.withLock { $0 } == [message(2), message(1)])
        reordered.close()
        await run.value
        #expect(await reordered.take(message(3)) == .retry, "nobody delivers any more")
    }

    @Test(.timeLimit(.minutes(1)))
    func `each message on its way is answered, also when the deliveries are cancelled`() async throws {
        let begun = Mutex(0)
        let reordered = try delivery("deliver key=none -> reorder 1") { messages in
            begun.withLock { $0 += 1 }
            // Ends with the cancellation.
            _ = try? await Surroundings.wait(.seconds(3600))
            return messages.map { _ in .drop }
        }
        let run = Task { await reordered.run() }
        await withTaskGroup(of: Acknowledgement.self) { group in
            for number in 0..<20 { group.addTask { await reordered.take(message(number)) } }
            while begun.withLock({ $0 }) == 0 { await Task.yield() }
            // The others come in behind the first.
            for _ in 0..<1000 { await Task.yield() }
            reordered.close()
            run.cancel()
            var answers: [Acknowledgement] = []
            for await answer in group { answers.append(answer) }
            #expect(answers.count == 20)
            #expect(answers.contains(.drop), "the first was under way")
        }
        await run.value
    }
}
