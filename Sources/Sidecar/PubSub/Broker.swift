package import DaprText

/// One backend of the pub/sub building block.
package protocol Broker: Sendable {
    /// What the metadata document says the broker can do, such as `BULK_PUBSUB` and `SUBSCRIBE_WILDCARDS`.
    var capabilities: [String] { get }

    /// Publishes a message; returns when the broker has it.
    func publish(_ message: BrokerMessage) async throws(BrokerError)

    /// Publishes messages of one topic and reports the result of each, by its index, as soon as it is known.
    ///
    /// The caller may have stopped waiting by then, and must not publish again what the broker has. One without a report counts as refused.
    func publishBulk(
        _ messages: [BrokerMessage],
        report: @escaping @Sendable (_ index: Int, _ result: Result<Void, BrokerError>) -> Void
    ) async

    /// Subscribes to a topic, whose messages are delivered while ``BrokerSubscription/run()`` runs.
    ///
    /// - Parameters:
    ///   - topic: The topic, with a wildcard where `capabilities` has `SUBSCRIBE_WILDCARDS`.
    ///   - metadata: That of the subscription.
    ///   - deliver: Brings a message to the application, and to the dead letter topic of the subscription when that is due; may be
    ///     called for several messages at once.
    /// - Returns: What delivers the messages.
    /// - Throws: What the broker said against it.
    func subscribe(
        _ topic: String,
        metadata: [ExactText: String],
        deliver: @escaping @Sendable (BrokerMessage) async -> Acknowledgement
    ) async throws(BrokerError) -> any BrokerSubscription

    /// Sends what was published and not sent yet, ends all subscriptions and lets go of connections.
    func close() async
}

extension Broker {
    /// Publishes one after another, for a broker that has no bulk of its own.
    package func publishBulk(
        _ messages: [BrokerMessage],
        report: @escaping @Sendable (_ index: Int, _ result: Result<Void, BrokerError>) -> Void
    ) async {
        for (index, message) in messages.enumerated() {
            do throws(BrokerError) {
                try await publish(message)
                report(index, .success(()))
            } catch {
                report(index, .failure(error))
            }
        }
    }
}

/// Why a broker did not take a message, or a subscription.
package enum BrokerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Too many messages wait for a subscriber.
    case queueFull(limit: Int)
    /// What the broker said.
    case refused(String)

    package var description: String {
        switch self {
        case .queueFull(let limit): "\(limit) messages already wait for a subscriber of this topic; try again later"
        case .refused(let detail): detail
        }
    }
}
