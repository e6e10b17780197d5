import DaprText
internal import DaprYAML

/// A node of a resource file, with its position and path for error messages.
struct ResourceNode {
    let node: YAMLNode
    let file: String
    /// The path of the field, such as `spec.metadata`.
    let path: String
    /// The resource's name, once known.
    var resource: String?
    /// Collects fields that daprd would ignore; `nil` when they are refused.
    var leniency: Leniency?

    /// The fields that were ignored while loading.
    final class Leniency {
        var ignored: [ComponentError] = []
    }

    var place: ResourcePlace { ResourcePlace(file: file, line: node.line) }
    var isNull: Bool { node.isNull }

    func error(_ reason: ComponentError.Reason) -> ComponentError {
        ComponentError(place: place, resource: resource, reason: reason)
    }

    func bad(_ reason: String) -> ComponentError { error(.badField(field: path, reason: reason)) }

    /// A field; `nil` when it is absent or null.
    func field(_ key: String) throws(ComponentError) -> ResourceNode? {
        guard !isNull else { return nil }
        guard node.entries != nil else { throw bad("must be a mapping") }
        guard let value = node[key], !value.isNull else { return nil }
        return child(value, path.isEmpty ? key : "\(path).\(key)")
    }

    /// A required field.
    func required(_ key: String) throws(ComponentError) -> ResourceNode {
        guard let value = try field(key) else { throw error(.missing(field: path.isEmpty ? key : "\(path).\(key)")) }
        return value
    }

    /// Refuses fields that `known` does not list.
    ///
    /// At the top level `x-…` is allowed, because it may hold parts to be merged elsewhere.
    func allow(only known: Set<String>, advice: String = "remove it") throws(ComponentError) {
        for entry in node.entries ?? [] where !known.contains(entry.key) {
            if path.isEmpty, entry.key.utf8.starts(with: "x-".utf8) { continue }
            let field = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            let error = ComponentError(
                place: ResourcePlace(file: file, line: entry.line),
                resource: resource,
                reason: .unsupportedField(field: field, advice: advice)
            )
            guard let leniency else { throw error }
            leniency.ignored.append(error)
        }
    }

    private func child(_ node: YAMLNode, _ path: String) -> ResourceNode {
        ResourceNode(node: node, file: file, path: path, resource: resource, leniency: leniency)
    }

    /// The members of a list.
    func members() throws(ComponentError) -> [ResourceNode] {
        guard let members = node.members else { throw bad("must be a list") }
        return members.enumerated().map {
            child($0.element, "\(path)[\($0.offset)]")
        }
    }

    /// The entries of a mapping.
    func entries() throws(ComponentError) -> [(key: String, value: ResourceNode)] {
        guard let entries = node.entries else { throw bad("must be a mapping") }
        return entries.map {
            ($0.key, child($0.value, "\(path).\($0.key)"))
        }
    }

    /// A scalar as text: numbers and truth values are written in their canonical form.
    func text() throws(ComponentError) -> String {
        switch node.scalar?.resolved(tag: node.tag) {
        case .string(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .number(let number):
            // Beyond 2^53 a double has no digits after the point anyway.
            if number.rounded() == number, let whole = Int(exactly: number) { return String(whole) }
            return "\(number)"
        case .null: return ""
        case nil: throw bad("must be text, a number or true or false")
        }
    }

    /// A scalar that must be text, quoted or not.
    func string() throws(ComponentError) -> String {
        guard let text = node.scalar?.text, !text.isEmpty else { throw bad("must be text that is not empty") }
        return text
    }

    func bool() throws(ComponentError) -> Bool {
        guard case .bool(let flag) = node.scalar?.resolved(tag: node.tag) else { throw bad("must be true or false") }
        return flag
    }

    func integer() throws(ComponentError) -> Int {
        guard case .integer(let number) = node.scalar?.resolved(tag: node.tag) else {
            throw bad("must be a whole number")
        }
        return number
    }

    func duration() throws(ComponentError) -> Duration {
        guard let text = node.scalar?.text, let duration = GoDuration.parse(text), duration >= .zero else {
            throw bad("must be a duration such as 500ms, 30s or 5m")
        }
        return duration
    }

    /// A duration of a policy: Go's form, or a bare number of milliseconds.
    func policyDuration() throws(ComponentError) -> Duration {
        if let text = node.scalar?.text, let milliseconds = Int32(text), milliseconds >= 0 {
            return .milliseconds(milliseconds)
        }
        return try duration()
    }

    func strings() throws(ComponentError) -> [String] {
        var strings: [String] = []
        for member in try members() { strings.append(try member.text()) }
        return strings
    }

    func textByName() throws(ComponentError) -> [ExactText: String] {
        var result: [ExactText: String] = [:]
        for (key, value) in try entries() { result[key] = try value.text() }
        return result
    }
}
