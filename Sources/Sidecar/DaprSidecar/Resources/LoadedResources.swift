import DaprText

/// The contents of the resources folders and of the Configuration file.
package struct LoadedResources: Equatable, Sendable {
    /// The components, in the order of their files.
    package var components: [ComponentDefinition] = []
    /// The declarative subscriptions, in the order of their files.
    package var subscriptions: [SubscriptionDefinition] = []
    /// The resiliency resources.
    package var resiliencies: [ResiliencyDefinition] = []
    /// The Configuration; empty when no file was given.
    package var configuration = ConfigurationDefinition()
    /// The errors of the resources that were skipped, when broken ones are ignored.
    package var skipped: [ComponentError] = []

    /// Creates empty resources.
    package init() {}
}

/// The parts of a Configuration resource that this sidecar reads.
package struct ConfigurationDefinition: Equatable, Sendable {
    /// `spec.secrets.scopes`.
    package var secretScopes: [SecretScope] = []
    /// `spec.tracing`.
    package var tracing = Tracing()
    /// `spec.api`.
    package var api = APIAccess()
    /// `spec.metrics.enabled`; `nil` when the file does not set it.
    package var metricsEnabled: Bool?
    /// `spec.metrics.recordErrorCodes`.
    package var recordsErrorCodes = false
    /// The paths of fields that have no effect in this sidecar, such as `spec.tracing`.
    package var unusedParts: [String] = []

    /// Creates an empty configuration.
    package init() {}
}

/// Which secrets of one store the application may read.
package struct SecretScope: Equatable, Sendable {
    /// The secret store's name.
    package var store: String
    /// Whether a secret that neither list names may be read.
    package var allowsByDefault = true
    /// The only secrets that may be read, unless empty.
    package var allowed: [String] = []
    /// Secrets that may not be read.
    package var denied: [String] = []

    /// Creates a scope that allows everything.
    package init(store: String) { self.store = store }

    /// Whether a secret may be read.
    package func allows(_ name: String) -> Bool {
        if !allowed.isEmpty { return allowed.contains(bytesOf: name) }
        if denied.contains(bytesOf: name) { return false }
        return allowsByDefault
    }
}
