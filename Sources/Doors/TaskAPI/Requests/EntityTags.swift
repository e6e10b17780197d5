import DaprText

/// The value of `If-Match` or `If-None-Match` (RFC 9110 section 13.1): `*`, or a list of entity tags.
package enum EntityTags: Hashable, Sendable {
    /// `*`: any current representation.
    case any
    /// Entity tags in the order they were sent.
    case list([EntityTag])

    /// Parses the values of one header; `nil` when they are not a list of entity tags.
    package init?(_ values: [String]) {
        var tags: [EntityTag] = []
        if values.count == 1, values[0].trimmingBlanks() == "*" {
            self = .any
            return
        }
        for value in values {
            guard let read = Self.tags(in: Array(value.utf8)) else { return nil }
            tags += read
            // A longer list would only cost time: no caller holds more versions of one task than this.
            guard tags.count <= 64 else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .list(tags)
    }

    /// Whether a tag names `version`, by the weak comparison that `If-None-Match` asks for.
    package func containsWeakly(version: Int) -> Bool { containsWeakly(String(version)) }

    /// Whether a tag is this one, by the weak comparison that `If-None-Match` asks for.
    package func containsWeakly(_ opaque: String) -> Bool {
        switch self {
        case .any: true
        case .list(let tags): tags.contains { $0.opaque.hasSameBytes(as: opaque) }
        }
    }

    /// The versions that a strong comparison can match; `nil` for `*`, empty when no tag can match.
    package var strongVersions: [Int]? {
        switch self {
        case .any: nil
        case .list(let tags): tags.compactMap { $0.isWeak ? nil : $0.version }
        }
    }

    private static func tags(in bytes: [UInt8]) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var position = 0
        func skipBlanks() {
            while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
        }
        while true {
            skipBlanks()
            // Empty list elements are allowed (RFC 9110 section 5.6.1).
            if position < bytes.count, bytes[position] == UInt8(ascii: ",") {
                position += 1
                continue
            }
            guard position < bytes.count else { return tags }
            var isWeak = false
            if bytes[position] == UInt8(ascii: "W"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "/")
            {
                isWeak = true
                position += 2
            }
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
            position += 1
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                guard bytes[position] == 0x21 || bytes[position] > 0x22, bytes[position] != 0x7F else { return nil }
                position += 1
            }
            guard position < bytes.count else { return nil }
            tags.append(EntityTag(opaque: String(decoding: bytes[start..<position], as: UTF8.self), isWeak: isWeak))
            position += 1
            skipBlanks()
            guard position == bytes.count || bytes[position] == UInt8(ascii: ",") else { return nil }
        }
    }
}

/// One entity tag; ours is a task's version in quotes: `"3"`.
package struct EntityTag: Hashable, Sendable {
    /// The text between the quotes.
    package let opaque: String
    /// Whether the tag was written as `W/"…"`.
    package let isWeak: Bool

    /// The version that the tag names; `nil` when the tag is not one of ours.
    package var version: Int? {
        guard let number = Int(opaque), number > 0, String(number) == opaque else { return nil }
        return number
    }

    /// The value of the `ETag` header for `version`.
    package static func header(version: Int) -> String { "\"\(version)\"" }
}
