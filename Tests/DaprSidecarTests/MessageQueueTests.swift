import Synchronization
import Testing

@testable import DaprSidecar

/// How messages come to the one consumer of a subscription.
struct MessageQueueTests {
    private func message(_ number: Int) -> BrokerMessage { BrokerMessage(topic: "t", data: Array("\(number)".utf8)) }

    /// Puts messages in one after another, each when the one before waits.
    private func push(_ numbers: Range<Int>, to queue: MessageQueue) async -> [Task<MessageQueue.Admission, Never>] {
        var tasks: [Task<MessageQueue.Admission, Never>] = []
        let before = queue.waiting
        for number in numbers {
            tasks.append(Task { await queue.push(message(number)) })
            while queue.waiting < before + tasks.count { await Task.yield() }
        }
        return tasks
    }

    @Test func `the first message does not wait, later ones wait for those before them, in order`() async {
        let queue = MessageQueue()
        #expect(await queue.push(message(0)) == .accepted, "nobody is busy yet")
        let pushes = await push(1..<50, to: queue)
        for number in 0..<50 {
            #expect(await queue.next()?.data == message(number).data)
            #expect(queue.waiting == 49 - number)
            if number > 0 { #expect(await pushes[number - 1].value == .accepted) }
        }
    }

    @Test func `a message comes at once to a consumer that waits, and the next waits until it is done`() async {
        let queue = MessageQueue()
        async let first = queue.next()
        #expect(await queue.push(message(1)) == .accepted)
        #expect(await first?.data == message(1).data)
        let pushes = await push(2..<3, to: queue)
        #expect(queue.waiting == 1, "the consumer is not done")
        #expect(await queue.next()?.data == message(2).data)
        #expect(await pushes[0].value == .accepted)
    }

    @Test func `what waits at the end, or when deliveries are turned off, is lost, and its publishers go on`() async {
        let queue = MessageQueue()
        #expect(await queue.push(message(0)) == .accepted)
        var pushes = await push(1..<3, to: queue)
        queue.setPaused(true)
        for push in pushes { #expect(await push.value == .lost) }
        #expect(await queue.push(message(3)) == .lost)
        queue.setPaused(false)
        #expect(await queue.push(message(4)) == .accepted)
        #expect(await queue.next()?.data == message(4).data)
        pushes = await push(5..<7, to: queue)
        queue.close()
        for push in pushes { #expect(await push.value == .lost) }
        #expect(await queue.next() == nil)
        #expect(await queue.push(message(8)) == .lost)
    }

    @Test func `the end comes to a consumer that waits`() async {
        let queue = MessageQueue()
        async let none = queue.next()
        queue.close()
        #expect(await none == nil)
    }

    @Test func `a full queue says so and keeps what it has`() async {
        let queue = MessageQueue()
        let broker = InMemoryBroker()
        broker.subscribe("t", queue)
        let large = BrokerMessage(topic: "t", data: Array(repeating: 0, count: MessageQueue.byteLimit))
        #expect(await queue.push(message(0)) == .accepted)
        let pushed = Task { await queue.push(large) }
        while queue.waiting < 1 { await Task.yield() }
        let refusal = await #expect(throws: BrokerError.self) { try await broker.publish(message(1)) }
        #expect(refusal == .queueFull(limit: 1))
        #expect(await queue.next()?.data == message(0).data)
        #expect(await queue.next()?.data.count == large.data.count)
        #expect(await pushed.value == .accepted)
    }
}
