/// A type of component that files may name, and how to open one.
///
/// Backends live in targets of their own; the program that composes a sidecar lists those it has.
package struct ComponentType<Handle>: Sendable {
    /// `spec.type`, such as `state.sqlite`.
    package var type: String
    /// The versions of it, such as `v1`; the first is the default.
    package var versions: [String]
    /// The metadata that it knows, besides what all components of its building block share.
    package var options: [String]
    /// What a component asks for and this type does not do; empty for most.
    package var notes: @Sendable (ComponentDefinition) -> [String]
    /// Opens one component, whose metadata has known names only.
    package var open: @Sendable (ComponentDefinition, ComponentContext) async throws(ComponentError) -> Handle

    /// Creates a type.
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
