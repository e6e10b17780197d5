/// A component as its file describes it, with every value in place.
package struct ComponentDefinition: Equatable, Sendable {
    /// `metadata.name`.
    package var name: String
    /// `spec.type`, such as `state.sqlite`.
    package var type: String
    /// `spec.version`; `v1` when the file names none.
    package var version: String
    /// `spec.metadata`.
    package var metadata: ComponentMetadata
    /// Where the component stands.
    package var place: ResourcePlace
    /// Where its type stands, and its version; `nil` where it has none, or came from no file.
    package var typePlace: ResourcePlace?
    package var versionPlace: ResourcePlace?
    /// `metadata.namespace`; `nil` when the file names none.
    package var namespace: String?
    /// The applications that see the component; all when empty.
    package var scopes: [String]
    /// `auth.secretStore`: where `secretKeyRef` is looked up.
    package var secretStore: String?
    /// `spec.ignoreErrors`: start without the component when it cannot be initialised.
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

/// Where something stands in a file; line 0 when it came from no file.
package struct ResourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The file's path as it was given.
    package var file: String
    /// The line, from 1.
    package var line: Int

    /// Creates a place.
    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    package var description: String { line > 0 ? "\(file):\(line)" : file.isEmpty ? "(no file)" : file }
}

/// The `spec.metadata` of a component: names without regard to case, values as text.
package struct ComponentMetadata: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    /// One entry of the list.
    package struct Item: Equatable, Sendable {
        /// The name in the file's spelling.
        package var name: String
        /// Where the value comes from.
        package var source: Source
        /// Where the entry stands.
        package var place: ResourcePlace

        /// Creates an entry.
        package init(name: String, source: Source, place: ResourcePlace) {
            self.name = name
            self.source = source
            self.place = place
        }
    }

    /// Where a value comes from.
    package enum Source: Equatable, Sendable {
        /// It stands in the file.
        case value(String)
        /// It is one key of a secret.
        case secret(name: String, key: String)
        /// It is a variable of the sidecar's environment.
        case environment(String)
    }

    /// The entries in order.
    package var items: [Item]

    /// Creates metadata from entries.
    package init(items: [Item] = []) { self.items = items }

    package init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map {
            Item(name: $0.0, source: .value($0.1), place: ResourcePlace(file: "", line: 0))
        }
    }

    /// The value of a name, whatever its case; `nil` when it is absent or was not resolved.
    ///
    /// Of two equal names the last counts.
    package subscript(_ name: String) -> String? {
        guard let item = item(name), case .value(let value) = item.source else { return nil }
        return value
    }

    /// The entry of a name, whatever its case.
    package func item(_ name: String) -> Item? {
        let wanted = name.lowercased()
        return items.last { $0.name.lowercased() == wanted }
    }

    static let yes = ["y", "yes", "true", "t", "on", "1"]
    static let no = ["n", "no", "false", "f", "off", "0"]

    /// Whether a name is set to one of `y yes true t on 1`; false when it is absent or empty.
    ///
    /// What says neither yes nor no is refused, where daprd takes it for a no.
    package func flag(_ name: String, of component: ComponentDefinition) throws(ComponentError) -> Bool {
        guard let item = item(name), let value = self[name], !value.isEmpty else { return false }
        if Self.yes.contains(value.lowercased()) { return true }
        if Self.no.contains(value.lowercased()) { return false }
        throw component.error(.notAFlag(name: item.name, value: value), at: item.place)
    }

    /// The duration of a name: Go's form (`1m30s`) or bare seconds; `nil` when absent or empty.
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
    /// An error about this component, at its own place or a nearer one.
    package func error(_ reason: ComponentError.Reason, at place: ResourcePlace? = nil) -> ComponentError {
        ComponentError(place: place ?? self.place, resource: name, reason: reason)
    }

    /// Refuses metadata that a component of this type does not know.
    func allow(only known: [String]) throws(ComponentError) {
        for item in metadata.items where !known.contains(where: { $0.lowercased() == item.name.lowercased() }) {
            throw error(
                .unknownMetadata(name: item.name, type: type, known: known),
                at: item.place
            )
        }
    }
}
