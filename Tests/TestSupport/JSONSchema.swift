package import DaprJSON
import Tasks

/// A JSON Schema (2020-12) with the keywords that `schemas/` uses; it refuses to be made of a schema with any other.
package struct JSONSchema: Sendable {
    private let root: JSONValue

    /// A schema that this cannot check.
    package struct Unsupported: Error {
        let keyword: String
    }

    private static let keywords: Set<String> = [
        "$ref", "type", "const", "enum", "properties", "required", "additionalProperties", "items", "minLength",
        "maxLength", "minimum", "minItems", "maxItems", "uniqueItems", "pattern", "format", "anyOf", "not",
    ]
    private static let annotations: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

    /// Takes a schema, and looks that it can check all of it.
    package init(_ root: JSONValue) throws {
        self.root = root
        try Self.check(root, in: root)
    }

    private static func check(_ schema: JSONValue, in root: JSONValue) throws {
        guard let object = schema.objectValue else { throw Unsupported(keyword: "\(schema)") }
        for (name, value) in object {
            guard keywords.contains(name) || annotations.contains(name) else { throw Unsupported(keyword: name) }
            switch name {
            case "properties", "$defs":
                guard let members = value.objectValue else { throw Unsupported(keyword: name) }
                for (_, member) in members { try check(member, in: root) }
            case "items", "not": try check(value, in: root)
            case "anyOf":
                guard let choices = value.arrayValue else { throw Unsupported(keyword: name) }
                for choice in choices { try check(choice, in: root) }
            case "additionalProperties" where value != false: throw Unsupported(keyword: name)
            case "format" where value != "date-time" && value != "date": throw Unsupported(keyword: "\(name) \(value)")
            case "pattern": _ = try Regex(value.stringValue ?? "")
            case "$ref" where target(value, in: root) == nil: throw Unsupported(keyword: "\(name) \(value)")
            default: break
            }
        }
    }

    private static func target(_ reference: JSONValue, in root: JSONValue) -> JSONValue? {
        let path = (reference.stringValue ?? "").split(separator: "/")
        guard path.count == 3, path[0] == "#", path[1] == "$defs" else { return nil }
        return root["$defs"]?[String(path[2])]
    }

    /// Everything about a value that the schema does not allow, each with where it is; empty when it is valid.
    package func faults(of value: JSONValue) -> [String] { faults(value, root, "$") }

    private func faults(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        var faults: [String] = []
        func fault(_ keyword: String) { faults.append("\(path): \(keyword)") }
        for (keyword, rule) in schema.objectValue ?? [:] {
            switch keyword {
            case "$ref": if let target = Self.target(rule, in: root) { faults += self.faults(value, target, path) }
            case "type":
                let names = rule.arrayValue ?? [rule]
                if !names.contains(where: { Self.has(value, type: $0.stringValue ?? "") }) { fault("type") }
            case "const": if value != rule { fault("const") }
            case "enum": if rule.arrayValue?.contains(value) != true { fault("enum") }
            case "anyOf":
                let choices = rule.arrayValue ?? []
                if !choices.contains(where: { self.faults(value, $0, path).isEmpty }) { fault("anyOf") }
            case "not": if self.faults(value, rule, path).isEmpty { fault("not") }
            case "properties", "required", "additionalProperties":
                faults += memberFaults(value, keyword, rule, schema, path)
            case "items":
                for (index, element) in (value.arrayValue ?? []).enumerated() {
                    faults += self.faults(element, rule, "\(path)[\(index)]")
                }
            case "minItems": if value.arrayValue?.count ?? .max < rule.intValue ?? 0 { fault(keyword) }
            case "maxItems": if value.arrayValue?.count ?? 0 > rule.intValue ?? 0 { fault(keyword) }
            case "uniqueItems": if let list = value.arrayValue, Set(list).count < list.count { fault(keyword) }
            case "minimum": if let number = value.doubleValue, number < rule.doubleValue ?? 0 { fault(keyword) }
            case "minLength", "maxLength", "pattern", "format":
                if let text = value.stringValue, !Self.fits(text, keyword, rule) { fault(keyword) }
            default: break
            }
        }
        return faults
    }

    private func memberFaults(
        _ value: JSONValue,
        _ keyword: String,
        _ rule: JSONValue,
        _ schema: JSONValue,
        _ path: String
    ) -> [String] {
        guard let object = value.objectValue else { return [] }
        switch keyword {
        case "properties":
            return (rule.objectValue ?? [:]).flatMap { name, member in
                object[name].map { faults($0, member, "\(path).\(name)") } ?? []
            }
        case "required":
            return (rule.arrayValue ?? []).compactMap(\.stringValue).filter { object[$0] == nil }
                .map { "\(path).\($0): required" }
        default:
            let known = Set(schema["properties"]?.objectValue?.keys ?? [])
            return object.keys.filter { !known.contains($0) }.map { "\(path).\($0): additionalProperties" }
        }
    }

    private static func has(_ value: JSONValue, type: String) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
            ("number", .number):
            true
        case ("integer", .number): value.intValue != nil
        default: false
        }
    }

    private static func fits(_ text: String, _ keyword: String, _ rule: JSONValue) -> Bool {
        switch keyword {
        case "minLength": text.unicodeScalars.count >= rule.intValue ?? 0
        case "maxLength": text.unicodeScalars.count <= rule.intValue ?? 0
        case "format" where rule == "date": UTCDay(text) != nil
        case "format": Timestamp(parsing: text) != nil
        // The patterns were read when the schema was made.
        default:
            (try? Regex(rule.stringValue ?? "").matchingSemantics(.unicodeScalar).firstMatch(in: text)) ?? nil != nil
        }
    }
}
