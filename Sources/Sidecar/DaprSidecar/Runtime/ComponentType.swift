/// A component type that files may name, and how to open a component of it.
///
/// Backends live in targets of their own; the program that composes a sidecar lists the types it has.
package struct ComponentType<Handle>: Sendable {
    /// `spec.type`, such as `state.sqlite`.
    package var type: String
    /// Its versions, such as `v1`; the first one is the default.
    package var versions: [String]
    /// The metadata that it accepts, besides the metadata common to its building block.
    package var options: [String]
    /// The settings of a component that this type ignores; empty for most.
    package var notes: @Sendable (ComponentDefinition) -> [String]
    /// Opens one component; its metadata names have been checked.
    package var open: @Sendable (ComponentDefinition, ComponentContext) async throws(ComponentError) -> Handle

    package init(
        type: String,
        versions: [String] = ["v1"],
        options: [String] = [],
        notes: @escaping @Sendable (ComponentDefinition) -> [String] = { _ in [] },
        open: @escaping @Sendable (ComponentDefinition, ComponentContext) async throws(ComponentError) -> Handle
    ) {
        self.type = type
        self.versions = versions
        self.options = options
        self.notes = notes
        self.open = open
    }

    /// Whether a component is of this type, in one of its versions.
    func opens(_ definition: ComponentDefinition) -> Bool {
        type == definition.type && versions.contains(definition.version)
    }

    /// The type with each version, as errors name it.
    var names: [String] { versions.map { "\(type) \($0)" } }
}
