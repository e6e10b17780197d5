package import Dapr
import DaprText

extension ReadinessMonitor {
    /// Creates a monitor that asks the sidecar for its outbound health, and then the store for a key that does not exist and the sidecar for
    /// its component and its subscriptions.
    ///
    /// Requests need sidecar and store alone: what cannot be published is kept, and what is not delivered stays with the broker.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar; each of the two questions may take as long as its calls.
    ///   - store: The state store.
    ///   - pubsub: The component of the topics.
    ///   - topics: The topics that the sidecar subscribes to for the service.
    ///   - relay: Returns how publishing goes.
    package convenience init(
        dapr: DaprClient,
        store: StateStoreName,
        pubsub: PubSubName,
        topics: [TopicName],
        relay: @escaping @Sendable () -> Readiness.State
    ) {
        self.init {
            // A question that throws is a failed check; the reason does not matter here.
            guard (try? await dapr.isOutboundHealthy()) ?? false else {
                return .of(
                    sidecar: .failing,
                    store: .unknown,
                    topics: .unknown,
                    subscriptions: .unknown,
                    relay: relay()
                )
            }
            async let storeAnswers = answers { () async throws(DaprError) in
                _ = try await dapr.getState("ready", in: store)
            }
            let metadata = try? await dapr.getMetadata()
            return .of(
                sidecar: .ok,
                store: await storeAnswers ? .ok : .failing,
                topics: metadata.map { $0.has(pubsub) ? .ok : .failing } ?? .unknown,
                subscriptions: metadata.map { $0.isSubscribed(to: topics, of: pubsub) ? .ok : .pending } ?? .unknown,
                relay: relay()
            )
        }
    }
}

/// Whether a question is answered.
private func answers(_ ask: () async throws(DaprError) -> Void) async -> Bool {
    do throws(DaprError) {
        try await ask()
        return true
    } catch {
        return false
    }
}

extension Readiness {
    fileprivate static func of(
        sidecar: State,
        store: State,
        topics: State,
        subscriptions: State,
        relay: State
    ) -> Readiness {
        Readiness(checks: [
            Check(name: "sidecar", sidecar), Check(name: "store", store),
            Check(name: "topics", topics, isRequired: false),
            Check(name: "subscriptions", subscriptions, isRequired: false),
            Check(name: "relay", relay, isRequired: false),
        ])
    }
}

extension SidecarMetadata {
    fileprivate func has(_ pubsub: PubSubName) -> Bool {
        component(pubsub.rawValue)?.type.hasBytePrefix("pubsub.") == true
    }

    fileprivate func isSubscribed(to topics: [TopicName], of pubsub: PubSubName) -> Bool {
        topics.allSatisfy { topic in
            subscriptions.contains {
                $0.pubsub.rawValue.hasSameBytes(as: pubsub.rawValue)
                    && $0.topic.rawValue.hasSameBytes(as: topic.rawValue)
            }
        }
    }
}
