internal import DaprJSON
import DaprText

/// A JSON object whose values stay as text, so that numbers keep every digit.
struct CanonicalObject: Equatable, Sendable {
    /// The values by name, each as JSON text.
    private var members: [ExactText: [UInt8]] = [:]

    init() {}

    /// Parses an object; `nil` when the text is not JSON or is another value.
    init?(_ json: [UInt8]) {
        let canonical: [UInt8]
        do throws(JSONError) {
            canonical = try JSONReencoding.reencoded(json, numbers: .asWritten)
        } catch {
            return nil
        }
        guard canonical.first == UInt8(ascii: "{") else { return nil }
        split(canonical)
    }

    /// Converts a parsed object; `nil` for another value.
    init?(_ json: JSONValue) {
        guard let object = json.objectValue else { return nil }
        members.reserveCapacity(object.count + 8)
        for (name, value) in object { members[name] = value.serialized(escapingHTML: true) }
    }

    /// A value as JSON text.
    subscript(raw name: String) -> [UInt8]? {
        get { members[name] }
        set { members[name] = newValue }
    }

    /// Whether there is a member of this name.
    func has(_ name: String) -> Bool { members[name] != nil }

    /// Sets a member to a string.
    mutating func set(_ name: String, _ text: String) {
        members[name] = JSONValue.string(text).serialized(escapingHTML: true)
    }

    /// A member as a string; `nil` when it is not one.
    func string(_ name: String) -> String? {
        // The re-encoder wrote this text, so it is well-formed.
        members[name].flatMap { try? JSONValue(parsing: $0) }?.stringValue
    }

    /// The object as JSON text with sorted names.
    var bytes: [UInt8] {
        var writer = JSONWriter(
            escapingHTML: true,
            capacity: members.reduce(2) { $0 + $1.key.text.utf8.count + $1.value.count + 4 }
        )
        writer.beginObject()
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            writer.key(name.text)
            writer.raw(value)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Splits an object that the re-encoder wrote: it has no white space, and every name occurs once.
    private mutating func split(_ json: [UInt8]) {
        var depth = 0
        var isInString = false
        var isEscaped = false
        var start = 1
        var name: [UInt8]?
        for (index, byte) in json.enumerated() {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { add(name, Array(json[start..<index])) }
            case UInt8(ascii: ":") where depth == 1 && name == nil:
                name = Array(json[start..<index])
                start = index + 1
            case UInt8(ascii: ",") where depth == 1:
                add(name, Array(json[start..<index]))
                name = nil
                start = index + 1
            default: continue
            }
        }
    }

    private mutating func add(_ name: [UInt8]?, _ value: [UInt8]) {
        // The re-encoder wrote this text, so it is well-formed.
        guard let name, let text = (try? JSONValue(parsing: name))?.stringValue else { return }
        members[text] = value
    }
}
