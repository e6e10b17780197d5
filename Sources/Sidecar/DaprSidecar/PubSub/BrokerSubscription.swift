/// A subscription at a broker.
package protocol BrokerSubscription: Sendable {
    /// Delivers messages until ``close()``; returns when every message in flight has been answered.
    ///
    /// The subscription decides how many are in flight at once: it asks the broker for more when one of them is
    /// answered. Cancelling cancels the deliveries; the messages left unanswered are to be retried.
    func run() async

    /// Pauses or resumes the delivery of messages.
    ///
    /// Messages that arrive meanwhile wait at the broker, or are lost where the broker keeps nothing.
    func setPaused(_ isPaused: Bool)

    /// Delivers no more messages; does not wait for those in flight.
    func close()
}

/// What a broker should do with a delivered message.
package enum Acknowledgement: Equatable, Sendable {
    /// Forget it: it was processed, or is on the subscription's dead letter topic.
    case success
    /// Deliver it again later; the resiliency policy has been used up.
    case retry
    /// Forget it, or put it aside if the broker has a place of its own for dead letters.
    case drop
}
