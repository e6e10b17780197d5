import DaprText

/// A key that is compared by its bytes.
///
/// Swift's strings are equal when Unicode calls them equivalent (é as one scalar or as two); a store must tell them
/// apart.
package struct ExactKey: Hashable, Sendable {
    /// The key.
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Equal bytes make equal strings, so the string's own hash will do.
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
