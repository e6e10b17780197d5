/// An event in the runtime that a log or a counter may record.
package enum RuntimeEvent: Sendable {
    /// A part of the Configuration file has no effect here.
    case configurationPartUnused(String)
    /// A part of a component has no effect here.
    case componentPartUnused(name: String, part: String)
    /// A broken resource was skipped.
    case resourceSkipped(ComponentError)
    /// A component was opened.
    case componentLoaded(name: String, type: String)
    /// A component could not be opened, and its definition allows that.
    case componentIgnored(ComponentError)
    /// The sidecar is waiting for the application.
    case waitingForApp(port: Int)
    /// The application answers.
    case appReady
    /// The application's health changed.
    case appHealthChanged(isHealthy: Bool)
    /// The application's `/dapr/subscribe` gave no usable answer.
    case subscriptionsUnreadable(String)
    /// A subscription was ignored.
    case subscriptionIgnored(pubsub: String, topic: String, reason: String)
    /// A subscription is active.
    case subscribed(pubsub: String, topic: String)
    /// A message was given up: sent to the dead letter topic if one is named, otherwise lost.
    case deliveryFailed(pubsub: String, topic: String, reason: String, deadLetterTopic: String?)
    /// A message was dropped because the application asked for it.
    case deliveryDropped(pubsub: String, topic: String, reason: String, deadLetterTopic: String?)
    /// The first job was scheduled; `file` is where jobs are stored, `nil` for in memory only.
    case jobsKept(file: String?)
    /// A job could not be stored, or a stored one cannot be used.
    case jobNotKept(name: String, reason: String)
    /// An attempt of a job failed; the failure policy decides what follows.
    case jobFailed(name: String, reason: String)
    /// The application has no handler for a job, which counts as a success.
    case jobUnknown(name: String)
    /// A message could not be sent to its dead letter topic.
    case deadLetterFailed(pubsub: String, topic: String, reason: String)
}
