/// An `Encoder` that writes one value.
///
/// What `encode` is given is written at once to the output of the encoder above. Containers and super encoders that a caller
/// holds on to may be written to in any order, so each has an output of its own, which takes its place when the value ends.
/// The kind of container that was asked for last is what the value becomes; the same kind asked for twice continues the same one.
final class ValueEncoder: Encoder {
    private enum Kind {
        case nothing
        case single
        case array
        case object
    }

    /// An encoder whose text is put in at the end.
    private enum Deferred {
        case element(offset: Int, ValueEncoder)
        case member(String, ValueEncoder)
    }

    let output: EncoderOutput
    private let parent: ValueEncoder?
    private let key: (any CodingKey)?
    /// Where this value begins.
    private let start: SortingOutput.Mark
    private var kind = Kind.nothing
    private var deferred: [Deferred] = []
    /// How many elements the array has.
    private(set) var elementCount = 0

    /// An encoder that writes to its parent's output, or to one of its own.
    init(parent: ValueEncoder? = nil, key: (any CodingKey)? = nil, output: EncoderOutput) {
        self.parent = parent
        self.key = key
        self.output = output
        start = output.text.mark
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Put together when it is asked for, which is in errors.
    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var encoder: ValueEncoder? = self
        while let current = encoder {
            if let key = current.key { path.append(key) }
            encoder = current.parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if kind != .object { begin(.object, Byte.openBrace) }
        return KeyedEncodingContainer(KeyedEncoding<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if kind != .array { begin(.array, Byte.openBracket) }
        return UnkeyedEncoding(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleEncoding(encoder: self) }

    private func begin(_ kind: Kind, _ byte: UInt8?) {
        if self.kind != .nothing {
            output.text.rollBack(to: start)
            deferred = []
            elementCount = 0
        }
        self.kind = kind
        if let byte { output.text.bytes.append(byte) }
    }

    /// Ends the value; `false` when nothing was encoded.
    func end() -> Bool {
        switch kind {
        case .nothing: return false
        case .single: break
        case .array:
            if !deferred.isEmpty { putInElements() }
            output.text.bytes.append(Byte.closeBracket)
        case .object:
            if !deferred.isEmpty { putInMembers() }
            output.text.endObject(start)
        }
        return true
    }

    /// Ends the value, which is an empty object when nothing was encoded.
    private func endOrEmpty() {
        if !end() { output.text.bytes.append(contentsOf: "{}".utf8) }
    }

    private func endedText() -> [UInt8] {
        endOrEmpty()
        return output.text.bytes
    }

    /// Puts in the text of deferred members.
    private func putInMembers() {
        for case .member(let key, let encoder) in deferred {
            let text = encoder.endedText()
            output.text.member(key, escapingHTML: false) { $0.append(contentsOf: text) }
        }
    }

    /// Puts the text of deferred elements between what was written before and after them.
    private func putInElements() {
        let written = output.text.bytes
        var place = start.byteCount + 1
        var pieces: [ArraySlice<UInt8>] = []
        for case .element(let offset, let encoder) in deferred where (place...written.count).contains(offset) {
            pieces.append(written[place..<offset])
            pieces.append(encoder.endedText()[...])
            place = offset
        }
        pieces.append(written[place...])
        let elements = pieces.map { $0.first == Byte.comma ? $0.dropFirst() : $0 }.filter { !$0.isEmpty }
        output.text.bytes.removeLast(written.count - start.byteCount - 1)
        output.text.bytes.append(contentsOf: elements.joined(separator: [Byte.comma]))
    }
}

extension ValueEncoder {
    /// Writes a member whose value the closure writes.
    @inline(__always)
    func member(_ key: some CodingKey, value: (inout [UInt8]) -> Void) {
        output.text.member(key.stringValue, escapingHTML: false, value: value)
    }

    /// Encodes a member.
    func encodeMember<T: Encodable>(_ value: T, _ key: some CodingKey) throws {
        let mark = output.text.mark
        output.text.beginMember(key.stringValue, escapingHTML: false)
        try encode(value, at: key, else: mark)
    }

    /// Encodes the next element.
    func encodeElement<T: Encodable>(_ value: T) throws {
        let mark = output.text.mark
        output.text.beginElement()
        try encode(value, at: PathKey(index: elementCount), else: mark)
        elementCount += 1
    }

    /// Writes `null` as the next element.
    func appendNull() {
        output.text.beginElement()
        output.text.bytes.append(contentsOf: "null".utf8)
        elementCount += 1
    }

    /// An encoder whose value becomes the next element.
    func appendChild() -> ValueEncoder {
        let child = ValueEncoder(parent: self, key: PathKey(index: elementCount), output: EncoderOutput())
        deferred.append(.element(offset: output.text.bytes.count, child))
        elementCount += 1
        return child
    }

    /// An encoder whose value becomes the member of a key.
    func appendChild(for key: some CodingKey) -> ValueEncoder {
        let child = ValueEncoder(parent: self, key: key, output: EncoderOutput())
        deferred.append(.member(key.stringValue, child))
        return child
    }

    /// Writes this encoder's own value.
    func set(_ write: (inout [UInt8]) throws -> Void) rethrows {
        begin(.single, nil)
        try write(&output.text.bytes)
    }

    func encodeSelf<T: Encodable>(_ value: T) throws {
        if Self.isScalar(T.self) {
            begin(.single, nil)
            try writeScalar(value, at: nil)
        } else {
            try value.encode(to: self)
        }
    }

    /// Writes a value below this one; goes back to a mark when it cannot be encoded, so that a caller may go on.
    @inline(__always)
    private func encode<T: Encodable>(
        _ value: T,
        at key: @autoclosure () -> any CodingKey,
        else mark: SortingOutput.Mark
    ) throws {
        do {
            if Self.isScalar(T.self) || T.self == [String].self {
                try writeScalar(value, at: key())
            } else {
                let child = ValueEncoder(parent: self, key: key(), output: output)
                try value.encode(to: child)
                child.endOrEmpty()
            }
        } catch {
            output.text.rollBack(to: mark)
            throw error
        }
    }

    /// Whether a type needs no encoder of its own.
    @inline(__always)
    private static func isScalar<T>(_ type: T.Type) -> Bool {
        type == String.self || type == Int.self || type == Bool.self || type == Double.self || type == JSONValue.self
            || type == JSONObject.self || type == Float.self || type == Int64.self || type == Int32.self
            || type == Int16.self || type == Int8.self || type == UInt.self || type == UInt64.self
            || type == UInt32.self || type == UInt16.self || type == UInt8.self
    }

    /// Writes a value of one of the types for which `isScalar` is true, or an array of strings.
    private func writeScalar<T: Encodable>(_ value: T, at key: @autoclosure () -> (any CodingKey)?) throws {
        if T.self == [String].self, let strings = value as? [String] { return append(strings) }
        switch value {
        case let value as String: output.text.bytes.appendJSON(value, escapingHTML: false)
        case let value as Int: output.text.bytes.appendJSON(try exact(value, at: key()))
        case let value as Bool: output.text.bytes.appendJSON(value)
        case let value as JSONValue: output.text.bytes.appendJSON(value)
        case let value as JSONObject: output.text.bytes.appendJSON(.object(value))
        case let value as Double: output.text.bytes.appendJSON(try finite(value, value, at: key()))
        case let value as Float:
            // By its text, so that 0.1 stays 0.1.
            let double = Double(value.description) ?? Double(value)
            output.text.bytes.appendJSON(try finite(double, value, at: key()))
        case let value as any FixedWidthInteger: output.text.bytes.appendJSON(try exact(value, at: key()))
        default: throw unwritable(value, "\(T.self) is not a value of JSON", at: key())
        }
    }

    /// Writes an array for which the standard library would ask for a container.
    private func append(_ strings: [String]) {
        output.text.bytes.append(Byte.openBracket)
        for string in strings {
            output.text.beginElement()
            output.text.bytes.appendJSON(string, escapingHTML: false)
        }
        output.text.bytes.append(Byte.closeBracket)
    }

    /// An integer that JSON can hold exactly.
    @inline(__always)
    func exact<T: FixedWidthInteger>(_ value: T, at key: @autoclosure () -> (any CodingKey)?) throws -> Int {
        guard let integer = Int(exactly: value), JSONNumber.isExact(integer) else {
            throw unwritable(value, "the integer is beyond 2^53, where numbers of JSON lose digits", at: key())
        }
        return integer
    }

    /// A double that JSON can hold.
    @inline(__always)
    func finite(_ value: Double, _ original: Any, at key: @autoclosure () -> (any CodingKey)?) throws -> Double {
        guard value.isFinite else { throw unwritable(original, "JSON has no infinities and no NaN", at: key()) }
        return value
    }

    private func unwritable(_ value: Any, _ reason: String, at key: (any CodingKey)?) -> EncodingError {
        let path = key.map { codingPath + [$0] } ?? codingPath
        return .invalidValue(value, .init(codingPath: path, debugDescription: reason + "; write it as a string"))
    }
}
