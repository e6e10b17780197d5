/// A component as its file describes it, with every value filled in.
package struct ComponentDefinition: Equatable, Sendable {
    /// `metadata.name`.
    package var name: String
    /// `spec.type`, such as `state.sqlite`.
    package var type: String
    /// `spec.version`; `v1` by default.
    package var version: String
    /// `spec.metadata`.
    package var metadata: ComponentMetadata
    /// Where the component is declared.
    package var place: ResourcePlace
    /// Where its type and its version are written; `nil` when it has none, or came from no file.
    package var typePlace: ResourcePlace?
    package var versionPlace: ResourcePlace?
    /// `metadata.namespace`; `nil` when the file has none.
    package var namespace: String?
    /// The applications that can use the component; empty for all.
    package var scopes: [String]
    /// `auth.secretStore`: the store in which `secretKeyRef` is looked up.
    package var secretStore: String?
    /// `spec.ignoreErrors`: the sidecar starts without the component when it cannot be initialised.
    package var ignoresErrors: Bool

    /// Creates a component, for tests and for embedding without files.
    package init(
        name: String,
        type: String,
        version: String = "v1",
        metadata: ComponentMetadata = [:],
        place: ResourcePlace = ResourcePlace(file: "", line: 0),
        namespace: String? = nil,
        scopes: [String] = [],
        secretStore: String? = nil,
        ignoresErrors: Bool = false
    ) {
        self.name = name
        self.type = type
        self.version = version
        self.metadata = metadata
        self.place = place
        self.namespace = namespace
        self.scopes = scopes
        self.secretStore = secretStore
        self.ignoresErrors = ignoresErrors
    }
}

/// A position in a file; line 0 when there is no file.
package struct ResourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The file's path as given.
    package var file: String
    /// The line, from 1.
    package var line: Int

    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    package var description: String { line > 0 ? "\(file):\(line)" : file.isEmpty ? "(no file)" : file }
}

/// The `spec.metadata` of a component: names ignore case, values are text.
package struct ComponentMetadata: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    /// One entry of the list.
    package struct Item: Equatable, Sendable {
        /// The name as the file spells it.
        package var name: String
        /// Where the value comes from.
        package var source: Source
        /// Where the entry is written.
        package var place: ResourcePlace

        package init(name: String, source: Source, place: ResourcePlace) {
            self.name = name
            self.source = source
            self.place = place
        }
    }

    /// Where a value comes from.
    package enum Source: Equatable, Sendable {
        /// The value in the file.
        case value(String)
        /// One key of a secret.
        case secret(name: String, key: String)
        /// A variable of the sidecar's environment.
        case environment(String)
    }

    /// The entries, in order.
    package var items: [Item]

    /// Creates metadata from entries.
    package init(items: [Item] = []) { self.items = items }

    package init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map {
            Item(name: $0.0, source: .value($0.1), place: ResourcePlace(file: "", line: 0))
        }
    }

    /// The value with this name in any case; `nil` when it is absent or was not resolved.
    ///
    /// Of two equal names the last one counts.
    package subscript(_ name: String) -> String? {
        guard let item = item(name), case .value(let value) = item.source else { return nil }
        return value
    }

    /// The entry with this name in any case.
    package func item(_ name: String) -> Item? {
        let wanted = name.lowercased()
        return items.last { $0.name.lowercased() == wanted }
    }

    static let yes = ["y", "yes", "true", "t", "on", "1"]
    static let no = ["n", "no", "false", "f", "off", "0"]

    /// Whether an entry is one of `y yes true t on 1`; false when it is absent or empty.
    ///
    /// A value that is neither a yes nor a no is refused, where daprd takes it for a no.
    package func flag(_ name: String, of component: ComponentDefinition) throws(ComponentError) -> Bool {
        guard let item = item(name), let value = self[name], !value.isEmpty else { return false }
        if Self.yes.contains(value.lowercased()) { return true }
        if Self.no.contains(value.lowercased()) { return false }
        throw component.error(.notAFlag(name: item.name, value: value), at: item.place)
    }

    /// The duration in an entry: Go's form (`1m30s`) or bare seconds; `nil` when it is absent or empty.
    package func duration(_ name: String, of component: ComponentDefinition) throws(ComponentError) -> Duration? {
        guard let value = self[name], !value.isEmpty else { return nil }
        if let duration = GoDuration.parse(value) { return duration }
        if let seconds = Int32(value) { return .seconds(seconds) }
        throw component.error(
            .badMetadata(name: name, reason: "\"\(value)\" is no duration; write it as 500ms, 30s, 5m or 1h30m"),
            at: item(name)?.place
        )
    }
}

extension ComponentDefinition {
    /// An error about this component, at its own place or at `place`.
    package func error(_ reason: ComponentError.Reason, at place: ResourcePlace? = nil) -> ComponentError {
        ComponentError(place: place ?? self.place, resource: name, reason: reason)
    }

    /// Refuses metadata names that `known` does not list.
    func allow(only known: [String]) throws(ComponentError) {
        for item in metadata.items where !known.contains(where: { $0.lowercased() == item.name.lowercased() }) {
            throw error(
                .unknownMetadata(name: item.name, type: type, known: known),
                at: item.place
            )
        }
    }
}
