/// Delivers the messages of one subscription in the order that a fault plan gives them.
///
/// A held message is answered as if it had been delivered, so that the broker hands over those that overtake it.
final class ReorderedDelivery: Sendable {
    private enum Event: Sendable {
        case message(BrokerMessage, CheckedContinuation<Acknowledgement, Never>)
        /// No message has arrived for ``DeliveryOrder/patience`` since the one of this number.
        case timeUp(Int)
    }

    private let faults: FaultInjector
    private let component: String
    private let sleep: @Sendable (Duration) async throws(CancellationError) -> Void
    private let deliver: @Sendable ([BrokerMessage]) async -> [Acknowledgement]
    private let events: AsyncStream<Event>
    private let source: AsyncStream<Event>.Continuation

    init(
        _ faults: FaultInjector,
        component: String,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void,
        deliver: @escaping @Sendable ([BrokerMessage]) async -> [Acknowledgement]
    ) {
        self.faults = faults
        self.component = component
        self.sleep = sleep
        self.deliver = deliver
        (events, source) = AsyncStream.makeStream()
    }

    /// Delivers a message in its turn, or holds it back.
    func take(_ message: BrokerMessage) async -> Acknowledgement {
        await withCheckedContinuation { answer in
            if case .terminated = source.yield(.message(message, answer)) { answer.resume(returning: .retry) }
        }
    }

    /// Delivers until ``close()``; messages still held then are lost.
    func run() async {
        var order = DeliveryOrder(faults, component: component)
        var number = 0
        var timer: Task<Void, Never>?
        for await event in events {
            switch event {
            case .message(let message, let answer):
                timer?.cancel()
                number += 1
                let passed = order.pass(message)
                // The message itself comes first in `passed`, or `passed` is empty.
                answer.resume(returning: passed.isEmpty ? .success : await deliver(passed).first ?? .retry)
            case .timeUp(let last):
                guard last == number else { continue }
                _ = await deliver(order.release())
            }
            if order.holdsSome { timer = wait(after: number) }
        }
        timer?.cancel()
    }

    /// Accepts no more messages.
    func close() { source.finish() }

    private func wait(after number: Int) -> Task<Void, Never> {
        Task { [sleep, source] in
            do throws(CancellationError) {
                try await sleep(DeliveryOrder.patience)
                source.yield(.timeUp(number))
            } catch {
                return
            }
        }
    }
}
