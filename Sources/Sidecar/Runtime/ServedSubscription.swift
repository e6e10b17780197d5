/// A subscription at a broker and the way of its messages to the application.
struct ServedSubscription: Sendable {
    let subscription: any BrokerSubscription
    /// Delivers until ``close()``; cancelled when the deliveries take too long then.
    let run: Task<Void, Never>
    private let gatherer: BulkGatherer?
    private let reordered: ReorderedDelivery?

    /// Subscribes at a broker and begins to deliver.
    static func begin(_ deliverer: Deliverer, at broker: any Broker) async throws(BrokerError) -> ServedSubscription {
        let (definition, sleep) = (deliverer.subscription.definition, deliverer.surroundings.sleep)
        let gatherer = definition.bulk.map { BulkGatherer($0, sleep: sleep, deliver: deliverer.deliver) }
        let deliver = gatherer?.take ?? deliverer.deliver
        var reordered: ReorderedDelivery?
        if let faults = deliverer.faults, faults.concerns(.deliver) {
            reordered = ReorderedDelivery(faults, component: definition.pubsub, sleep: sleep, deliver: deliver)
        }
        let subscription = try await broker.subscribe(definition.topic, metadata: definition.metadata) {
            [reordered] message in
            if let reordered { return await reordered.take(message) }
            return await deliver([message]).first ?? .retry
        }
        // Lives until it is closed, which may be long after the caller has ended.
        let run = Task { [reordered] in
            async let reordering: Void? = reordered?.run()
            await subscription.run()
            await reordering
        }
        return ServedSubscription(subscription: subscription, run: run, gatherer: gatherer, reordered: reordered)
    }

    /// Takes no more messages and gathers no longer; does not wait for deliveries under way.
    func close() {
        subscription.close()
        gatherer?.close()
        reordered?.close()
    }
}
