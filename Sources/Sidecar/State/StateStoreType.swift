/// A type of state store that components may name, and how to open one.
///
/// Backends live in targets of their own; the program that composes a sidecar lists those it has.
package struct StateStoreType: Sendable {
    /// `spec.type`, such as `state.sqlite`.
    package var type: String
    /// The versions of it, such as `v1`; the first is the default.
    package var versions: [String]
    /// What a component asks for and this type does not do; empty for most.
    package var notes: @Sendable (ComponentDefinition) -> [String]
    /// Opens the store of one component.
    package var open: @Sendable (ComponentDefinition, Surroundings) async throws(ComponentError) -> any StateStore

    /// Creates a type.
    package init(
        type: String,
        versions: [String] = ["v1"],
        notes: @escaping @Sendable (ComponentDefinition) -> [String] = { _ in [] },
        open: @escaping @Sendable (ComponentDefinition, Surroundings) async throws(ComponentError) -> any StateStore
    ) {
        self.type = type
        self.versions = versions
        self.notes = notes
        self.open = open
    }
}
