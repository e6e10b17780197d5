/// A subscription at a broker and the delivery of its messages to the application.
struct ServedSubscription: Sendable {
    let subscription: any BrokerSubscription
    /// Delivers until ``close()``; a stop cancels it when the deliveries then take too long.
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
        // An unstructured task, because it lives until it is closed, which may be long after its caller has ended.
        let run = Task { [reordered] in
            async let reordering: Void? = reordered?.run()
            await subscription.run()
            await reordering
        }
        return ServedSubscription(subscription: subscription, run: run, gatherer: gatherer, reordered: reordered)
    }

    /// Stops taking and gathering messages; does not wait for deliveries in progress.
    func close() {
        subscription.close()
        gatherer?.close()
        reordered?.close()
    }
}
