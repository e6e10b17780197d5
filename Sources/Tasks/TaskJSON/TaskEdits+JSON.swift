package import DaprJSON
package import Tasks

extension TaskEdits {
    /// Reads a JSON Patch document ([RFC 6902](https://www.rfc-editor.org/rfc/rfc6902)); members that it does not know
    /// are passed over, as section 4 has it.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with all faults, whose fields are named like `[3].path`.
    package init(_ value: JSONValue) throws(TaskError) {
        guard let list = value.arrayValue else {
            throw .invalid([FieldFault("", .type, "Give a list of edits (JSON Patch).")])
        }
        guard list.count <= TaskEdits.limit else {
            let wanted = "Give at most \(TaskEdits.limit) edits; there are \(list.count)."
            throw .invalid([FieldFault("", .tooMany, wanted)])
        }
        var faults: [FieldFault] = []
        let steps = list.enumerated().compactMap { TaskEdits.step($1, "[\($0)]", &faults) }
        guard faults.isEmpty else { throw .invalid(faults) }
        self.init(steps)
    }

    private static func step(_ value: JSONValue, _ name: String, _ faults: inout [FieldFault]) -> Step? {
        guard let kind = value["op"]?.stringValue.flatMap(TaskEdits.Kind.init(rawValue:)) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(FieldFault("\(name).op", .notOneOf, "Give one of \(kinds)."))
            return nil
        }
        let path = path(value, "path", name, &faults)
        switch kind {
        case .add, .replace, .test:
            guard let given = value["value"].map({ FieldValue($0) }) else {
                faults.append(FieldFault("\(name).value", .required, "Give a value."))
                return nil
            }
            return path.map { kind == .add ? .add($0, given) : kind == .test ? .test($0, given) : .replace($0, given) }
        case .remove: return path.map { .remove($0) }
        case .move, .copy:
            guard let from = self.path(value, "from", name, &faults), let path else { return nil }
            return kind == .move ? .move(from: from, to: path) : .copy(from: from, to: path)
        }
    }

    private static func path(
        _ value: JSONValue,
        _ member: String,
        _ name: String,
        _ faults: inout [FieldFault]
    ) -> EditPath? {
        if let path = value[member]?.stringValue.flatMap({ EditPath($0) }) { return path }
        faults.append(FieldFault("\(name).\(member)", .noSuchPath, "Give a JSON pointer, such as /title or /tags/0."))
        return nil
    }

    /// The kinds of edits, by their names in a document.
    enum Kind: String, CaseIterable {
        case add, remove, replace, move, copy, test
    }
}

extension TaskSchema {
    /// A JSON Patch document.
    package static let edits: JSONValue = .object([
        "type": "array", "maxItems": .integer(TaskEdits.limit),
        "description": "A JSON Patch (RFC 6902): edits in order, all of them or none.",
        "items": .object([
            "type": "object", "required": ["op", "path"],
            "properties": .object([
                "op": .object([
                    "type": "string", "enum": .array(TaskEdits.Kind.allCases.map { .string($0.rawValue) }),
                ]),
                "path": pointer, "from": pointer, "value": [:],
            ]),
            "allOf": [
                [
                    "if": ["properties": ["op": ["enum": ["add", "replace", "test"]]]],
                    "then": ["required": ["value"]],
                ],
                ["if": ["properties": ["op": ["enum": ["move", "copy"]]]], "then": ["required": ["from"]]],
            ],
        ]),
    ])

    private static let pointer: JSONValue = [
        "type": "string", "pattern": "^(/([^~/]|~[01])*)*$", "description": "A JSON pointer (RFC 6901): `/tags/0`.",
    ]
}
