/// A subscription at a broker.
package protocol BrokerSubscription: Sendable {
    /// Delivers messages until ``close()``; returns when each that is on its way has been answered.
    ///
    /// How many are on their way at once is the subscription's: the broker is asked for more when one of them is answered.
    /// Cancelling cancels the deliveries; what they did not answer is to be retried.
    func run() async

    /// Stops handing messages over, or goes on.
    ///
    /// What comes meanwhile waits at the broker, or is lost where the broker keeps nothing.
    func setPaused(_ isPaused: Bool)

    /// Hands over no more messages; does not wait for those on their way.
    func close()
}

/// What a broker is to do with a message that was delivered.
package enum Acknowledgement: Equatable, Sendable {
    /// Forget it: it was processed, or is on the dead letter topic of the subscription.
    case success
    /// Deliver it again later; the resiliency policy has done with it.
    case retry
    /// Forget it, or put it aside where the broker has a place for dead letters of its own.
    case drop
}
