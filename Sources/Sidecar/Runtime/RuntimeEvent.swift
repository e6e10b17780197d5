/// Something that happened in the runtime which a log or a counter may want.
package enum RuntimeEvent: Sendable {
    /// A part of the Configuration file has no effect here.
    case configurationPartUnused(String)
    /// A part of a component has no effect here.
    case componentPartUnused(name: String, part: String)
    /// A broken resource was left out.
    case resourceSkipped(ComponentError)
    /// A component was opened.
    case componentLoaded(name: String, type: String)
    /// A component could not be opened and says itself that this may be ignored.
    case componentIgnored(ComponentError)
    /// The sidecar waits for the application.
    case waitingForApp(port: Int)
    /// The application answers.
    case appReady
    /// The application's health changed.
    case appHealthChanged(isHealthy: Bool)
    /// The application's `/dapr/subscribe` gave no usable answer.
    case subscriptionsUnreadable(String)
    /// A subscription has no effect.
    case subscriptionIgnored(pubsub: String, topic: String, reason: String)
    /// A subscription takes messages.
    case subscribed(pubsub: String, topic: String)
    /// A message was given up: sent to the dead letter topic when one is named, else lost.
    case deliveryFailed(pubsub: String, topic: String, reason: String, deadLetterTopic: String?)
    /// A message was dropped because the application said so.
    case deliveryDropped(pubsub: String, topic: String, reason: String, deadLetterTopic: String?)
    /// The first job was scheduled: where jobs are kept, `nil` for in memory only.
    case jobsKept(file: String?)
    /// A job could not be kept, or what was kept of it cannot be used.
    case jobNotKept(name: String, reason: String)
    /// An attempt of a job failed; the failure policy decides what follows.
    case jobFailed(name: String, reason: String)
    /// The application has no handler for a job, which counts as done.
    case jobUnknown(name: String)
    /// A message could not be sent to its dead letter topic.
    case deadLetterFailed(pubsub: String, topic: String, reason: String)
}
