/// The process that spans come from.
///
/// https://opentelemetry.io/docs/specs/otel/resource/sdk/
package struct Resource: Sendable {
    let attributes: [Span.Attribute]

    init(_ attributes: [Span.Attribute]) { self.attributes = attributes }

    /// Puts together what is known of the process.
    ///
    /// - Parameters:
    ///   - name: The service's name, which wins over one among `others`; `nil` for none.
    ///   - fallback: The name where neither has one.
    ///   - version: The program's version.
    ///   - instance: A name of the process that no other has.
    ///   - others: What the operator says of the process, `OTEL_RESOURCE_ATTRIBUTES`; wins over what the program says.
    package init(
        name: String?,
        fallback: String,
        version: String,
        instance: String,
        others: [(name: String, value: String)]
    ) {
        var attributes: [Span.Attribute] = []
        func add(_ attribute: Span.Attribute) {
            guard !attributes.contains(where: { $0.key.utf8.elementsEqual(attribute.key.utf8) }) else { return }
            attributes.append(attribute)
        }
        if let name { add(.init("service.name", name)) }
        // The first of a name is kept, and of those that are given twice the last counts.
        for (name, value) in others.reversed() { add(.init(name, value)) }
        add(.init("service.name", fallback))
        add(.init("service.version", version))
        add(.init("service.instance.id", instance))
        add(.init("telemetry.sdk.language", "swift"))
        add(.init("telemetry.sdk.name", "dapr-tasks"))
        add(.init("telemetry.sdk.version", version))
        self.init(attributes)
    }
}
