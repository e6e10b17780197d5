package import DaprText

/// One backend of the pub/sub building block.
package protocol Broker: Sendable {
    /// The broker's abilities in the metadata document, such as `BULK_PUBSUB` and `SUBSCRIBE_WILDCARDS`.
    var capabilities: [String] { get }

    /// Publishes a message; returns when the broker has it.
    func publish(_ message: BrokerMessage) async throws(BrokerError)

    /// Publishes messages of one topic and reports the result of each, by its index, as soon as it is known.
    ///
    /// The caller may have stopped waiting by then, and must not publish again a message that the broker has. A message
    /// without a report counts as refused.
    func publishBulk(
        _ messages: [BrokerMessage],
        report: @escaping @Sendable (_ index: Int, _ result: Result<Void, BrokerError>) -> Void
    ) async

    /// Subscribes to a topic; its messages are delivered while ``BrokerSubscription/run()`` runs.
    ///
    /// - Parameters:
    ///   - topic: The topic, with a wildcard where `capabilities` has `SUBSCRIBE_WILDCARDS`.
    ///   - metadata: The metadata of the subscription.
    ///   - deliver: Delivers a message to the application, and to the subscription's dead letter topic when that is
    ///     due; may be called for several messages at once.
    /// - Returns: The subscription, which delivers the messages.
    /// - Throws: The broker's reason for refusing.
    func subscribe(
        _ topic: String,
        metadata: [ExactText: String],
        deliver: @escaping @Sendable (BrokerMessage) async -> Acknowledgement
    ) async throws(BrokerError) -> any BrokerSubscription

    /// Sends messages that were published but not sent yet, ends all subscriptions and closes connections.
    func close() async
}

extension Broker {
    /// Publishes messages one after another, for a broker without a bulk call.
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

/// Why a broker refused a message or a subscription.
package enum BrokerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Too many messages are waiting for a subscriber.
    case queueFull(limit: Int)
    /// The broker's own reason.
    case refused(String)

    package var description: String {
        switch self {
        case .queueFull(let limit): "\(limit) messages already wait for a subscriber of this topic; try again later"
        case .refused(let detail): detail
        }
    }
}
