package import DaprJSON
package import TestTools

extension SeededRandom {
    private static let texts = [
        "", " ", "a", "*", "null", "\u{0}", "\u{FFFD}", "e\u{301}", "\u{1F600}", "a||b", "/", "..", "%2F", "-1",
        "9223372036854775808", "999999999999999999999999", "0", "1", "true", "strong", "first-write", "@every 1ns",
        "PT1S", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", String(repeating: "x", count: 5000),
    ]
    private static let numbers: [JSONValue] = [
        0, -1, 1, 2, .double(0.5), .double(-0.0), .double(1e308), .double(.leastNonzeroMagnitude), .integer(.max),
        .integer(.min),
        .double(1e19), .integer(4_294_967_296),
    ]

    /// A document changed in one place, or in a few: values of other types, members that are missing, doubled or renamed, deep nesting.
    package mutating func changed(_ document: JSONValue) -> JSONValue {
        var document = document
        for _ in 0...below(3) { document = changedOnce(document) }
        return document
    }

    private mutating func changedOnce(_ value: JSONValue) -> JSONValue {
        if oneIn(5) { return replacement(value) }
        switch value {
        case .object(let object) where !object.isEmpty:
            var object = object
            let key = pick(object.keys)
            let member = object[key] ?? .null
            switch below(10) {
            case 0: object[key] = nil
            case 1: object[key.uppercased()] = replacement(member)
            case 2: object[pick(Self.texts)] = member
            default: object[key] = changedOnce(member)
            }
            return .object(object)
        case .array(let elements) where !elements.isEmpty:
            var elements = elements
            let place = below(elements.count)
            switch below(10) {
            case 0: elements.remove(at: place)
            case 1: elements.insert(elements[place], at: below(elements.count + 1))
            case 2: elements += Array(repeating: elements[place], count: below(200))
            case 3: elements.swapAt(place, below(elements.count))
            default: elements[place] = changedOnce(elements[place])
            }
            return .array(elements)
        default: return replacement(value)
        }
    }

    private mutating func replacement(_ value: JSONValue) -> JSONValue {
        switch below(8) {
        case 0: return .null
        case 1: return .bool(oneIn(2))
        case 2: return pick(Self.numbers)
        case 3: return [value]
        case 4: return ["a": value]
        case 5: return (0..<(1 << below(11))).reduce(value) { inner, _ in [inner] }
        default: return .string(pick(Self.texts))
        }
    }
}
