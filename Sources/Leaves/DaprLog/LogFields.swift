/// The name of a field in a log line; users extend it with constants, so that one thing has one name everywhere.
///
/// The names `time`, `level` and `msg` belong to the line itself: a field of such a name is written with `_` behind it.
package struct LogKey: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The name as it stands in the line.
    package let name: String

    /// Makes a key of a name.
    package init(_ name: String) {
        switch name {
        case "time", "level", "msg", "truncated": self.name = name + "_"
        default: self.name = name
        }
    }

    package init(stringLiteral name: String) { self.init(name) }
}

/// A value in a log line.
package enum LogValue: Hashable, Sendable {
    case string(String)
    case int(Int)
    /// A number; one that is not finite is written as a string.
    case double(Double)
    case bool(Bool)
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) { self = .string(value) }
}

extension LogValue: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self = .int(value) }
}

extension LogValue: ExpressibleByFloatLiteral {
    package init(floatLiteral value: Double) { self = .double(value) }
}

extension LogValue: ExpressibleByBooleanLiteral {
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// The fields of a log line, in the order they are written.
///
/// A key stands once: setting it again replaces the value where it stands.
package struct LogFields: Sendable, Equatable, ExpressibleByDictionaryLiteral, Sequence {
    private var pairs: [LogField] = []

    /// Makes an empty set of fields.
    package init() {}

    package init(dictionaryLiteral elements: (LogKey, LogValue)...) {
        pairs.reserveCapacity(elements.count)
        for (key, value) in elements { self[key] = value }
    }

    /// The value of a key; setting `nil` takes the field out.
    package subscript(_ key: LogKey) -> LogValue? {
        get { pairs.first { $0.key == key }?.value }
        set {
            let index = pairs.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): pairs[index].value = value
            case (let index?, nil): pairs.remove(at: index)
            case (nil, let value?): pairs.append(LogField(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Whether there is no field.
    package var isEmpty: Bool { pairs.isEmpty }

    /// These fields and `others`, which win where both have a key.
    package func merging(_ others: LogFields) -> LogFields {
        if isEmpty { return others }
        var merged = self
        for field in others { merged[field.key] = field.value }
        return merged
    }

    package func makeIterator() -> IndexingIterator<[LogField]> { pairs.makeIterator() }
}

/// One field of a log line.
package struct LogField: Sendable, Equatable {
    /// The field's name.
    package let key: LogKey
    /// The field's value.
    package fileprivate(set) var value: LogValue
}
