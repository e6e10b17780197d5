/// One node of a YAML document, with the place where it begins.
package struct YAMLNode: Sendable, Equatable {
    /// What the node is.
    package enum Content: Sendable, Equatable {
        /// Text; what it stands for depends on its style.
        case scalar(YAMLScalar)
        /// A list.
        case sequence([YAMLNode])
        /// Keys and values in the order of the text; no key stands twice.
        case mapping([Entry])
    }

    /// One key of a mapping with its value.
    package struct Entry: Sendable, Equatable {
        /// The key.
        package var key: String
        /// The line of the key, from 1.
        package var line: Int
        /// The value.
        package var value: YAMLNode
    }

    /// What the node is.
    package var content: Content
    /// The line where it begins, from 1.
    package var line: Int
    /// The column where it begins, from 1.
    package var column: Int
    /// The tag as written, such as `tag:yaml.org,2002:str`; `nil` without one.
    package var tag: String?

    /// The value of a mapping's key; `nil` when there is none or the node is no mapping.
    package subscript(_ key: String) -> YAMLNode? {
        entries?.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The entries of a mapping; `nil` for another node.
    package var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The members of a sequence; `nil` for another node.
    package var members: [YAMLNode]? {
        if case .sequence(let members) = content { members } else { nil }
    }

    /// The scalar; `nil` for another node.
    package var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// Whether the node is empty, `~` or `null`.
    package var isNull: Bool { scalar?.resolved(tag: tag) == .null }
}

/// The text of a scalar and how it was written.
package struct YAMLScalar: Sendable, Equatable {
    /// How a scalar was written.
    package enum Style: Sendable, Equatable {
        /// Without quotes.
        case plain
        /// In quotes.
        case quoted
        /// As a block, by `|` or `>`.
        case block
    }

    /// The text, escapes resolved.
    package var text: String
    /// How it was written.
    package var style: Style

    /// Creates a scalar.
    package init(text: String, style: Style) {
        self.text = text
        self.style = style
    }

    /// What a scalar stands for.
    package enum Resolved: Sendable, Equatable {
        /// Nothing: empty, `~`, `null`.
        case null
        /// A truth value.
        case bool(Bool)
        /// A whole number.
        case integer(Int)
        /// Another number.
        case number(Double)
        /// Text.
        case string(String)
    }

    /// What the scalar stands for, by the rules of YAML 1.1 that Kubernetes' reader follows: `yes` and `on` are true, `010` is 8.
    ///
    /// Text in quotes, blocks, and what has the tag of a string are strings.
    package func resolved(tag: String? = nil) -> Resolved {
        guard style == .plain, tag == nil else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: return number ?? .string(text)
        }
    }

    private var number: Resolved? {
        guard let first = text.utf8.first, first < 0x80, "+-.0123456789".utf8.contains(first) else { return nil }
        let bare = text.filter { $0 != "_" }
        let isNegative = bare.hasPrefix("-")
        let digits = isNegative || bare.hasPrefix("+") ? bare.dropFirst() : Substring(bare)
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)] where digits.count > prefix.count {
            guard digits.hasPrefix(prefix), let magnitude = Int(digits.dropFirst(prefix.count), radix: radix) else {
                continue
            }
            return .integer(isNegative ? -magnitude : magnitude)
        }
        if let integer = Int(digits), digits.utf8.first != UInt8(ascii: "0") || digits.count == 1 {
            return .integer(isNegative ? -integer : integer)
        }
        guard digits.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }), let number = Double(bare) else {
            return nil
        }
        return number.isFinite ? .number(number) : nil
    }
}
