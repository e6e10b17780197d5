/// Writes JSON text byte by byte, in the order of the calls.
///
/// Commas and colons come by themselves. The caller sees to the rest: a key before each value of an object, and an end for each beginning.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.key("id")
///     writer.integer(1)
///     writer.endObject()      // writer.bytes is {"id":1}
public struct JSONWriter: Sendable {
    /// What has been written.
    public var bytes: [UInt8]
    private let escapingHTML: Bool
    private var needsComma = false

    /// Creates a writer without text.
    ///
    /// - Parameters:
    ///   - escapingHTML: Writes `<`, `>`, `&`, U+2028 and U+2029 as `\u` escapes, as Go does.
    ///   - capacity: For how many bytes to make room at once.
    public init(escapingHTML: Bool = false, capacity: Int = 0) {
        self.escapingHTML = escapingHTML
        bytes = []
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Begins an object, which ``endObject()`` ends.
    public mutating func beginObject() { begin(Byte.openBrace) }

    /// Ends the object that was begun last.
    public mutating func endObject() { end(Byte.closeBrace) }

    /// Begins an array, which ``endArray()`` ends.
    public mutating func beginArray() { begin(Byte.openBracket) }

    /// Ends the array that was begun last.
    public mutating func endArray() { end(Byte.closeBracket) }

    /// Writes the name of the value that comes next.
    public mutating func key(_ name: String) {
        bytes.appendJSON(name, escapingHTML: escapingHTML, after: needsComma ? Byte.comma : nil, before: Byte.colon)
        needsComma = false
    }

    /// Writes a string.
    public mutating func string(_ value: String) {
        bytes.appendJSON(value, escapingHTML: escapingHTML, after: needsComma ? Byte.comma : nil)
        needsComma = true
    }

    /// Writes a string that is ASCII without anything to escape, such as a date; it is not checked.
    package mutating func plain(_ text: Span<UInt8>) {
        bytes.appendQuoted(text, after: needsComma ? Byte.comma : nil, before: nil)
        needsComma = true
    }

    /// Writes an integer with all its digits, beyond 2^53 too.
    public mutating func integer(_ value: Int) {
        separate()
        bytes.appendJSON(value)
    }

    /// Writes a double in its shortest form that reads back as itself, as Go and ECMAScript do; infinities and NaN as `null`.
    public mutating func double(_ value: Double) {
        separate()
        if value.isFinite { bytes.appendJSON(value) } else { bytes.append(contentsOf: "null".utf8) }
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.appendJSON(value)
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a value, the members of objects in the order of their names' bytes.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let value):
            separate()
            value.append(to: &bytes)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key.text)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes bytes that are one JSON value already; they are not checked.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes the members of bytes that are one JSON object already, without its braces; they are not checked.
    package mutating func rawMembers(of object: [UInt8]) {
        guard object.count > 2 else { return }
        separate()
        bytes.append(contentsOf: object[1..<object.count - 1])
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(Byte.comma) }
        needsComma = true
    }

    @inline(__always)
    private mutating func begin(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    @inline(__always)
    private mutating func end(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }
}

extension JSONValue {
    /// The value as JSON text without white space, the members of objects in the order of their names' bytes.
    public func serialized() -> [UInt8] { serialized(escapingHTML: false) }

    /// The value as JSON text, in which `<`, `>`, `&`, U+2028 and U+2029 may be escaped as Go does.
    public func serialized(escapingHTML: Bool) -> [UInt8] {
        var writer = JSONWriter(escapingHTML: escapingHTML, capacity: 64)
        writer.value(self)
        return writer.bytes
    }
}
