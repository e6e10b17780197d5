import DaprText

/// A key by its bytes.
///
/// Swift takes texts for equal that Unicode calls equivalent (é as one sign or as two); a store must not.
package struct ExactKey: Hashable, Sendable {
    /// The key.
    package let text: String

    /// Creates a key.
    package init(_ text: String) { self.text = text }

    package static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Equal bytes make equal texts, so the text's own hash will do.
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
