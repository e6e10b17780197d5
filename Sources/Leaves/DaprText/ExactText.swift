/// A text by its bytes: what dictionaries and sets of text from outside are keyed by.
///
/// Swift takes texts for equal that Unicode calls equivalent (é as one sign or as two, K and the sign for kelvin); keys, topics, tags and names of
/// a protocol are different texts then.
@usableFromInline
package struct ExactText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The text.
    @usableFromInline package let text: String

    /// Creates one of a text.
    @inlinable
    package init(_ text: String) { self.text = text }

    @inlinable
    package init(stringLiteral text: String) { self.text = text }

    @inlinable
    package var description: String { text }

    @inlinable
    package static func == (left: ExactText, right: ExactText) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// By bytes, as Go and the stores sort.
    @inlinable
    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Takes the bytes: the text's own hash is the same for all spellings, of which somebody could send a great many.
    @inlinable
    package func hash(into hasher: inout Hasher) {
        let bytes = text.utf8Span.span
        var word: UInt64 = 0
        for index in bytes.indices {
            word = word << 8 | UInt64(bytes[index])
            if index & 7 == 7 { hasher.combine(word) }
        }
        if bytes.count & 7 != 0 { hasher.combine(word) }
        hasher.combine(bytes.count)
    }
}

extension Dictionary where Key == ExactText {
    /// The value of a text, by its bytes.
    @inlinable
    package subscript(_ text: String) -> Value? {
        get { self[ExactText(text)] }
        set { self[ExactText(text)] = newValue }
    }
}

extension Set<ExactText> {
    /// Whether a text with these bytes is there.
    @inlinable
    package func contains(_ text: String) -> Bool { contains(ExactText(text)) }
}
