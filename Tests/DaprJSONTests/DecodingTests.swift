import DaprJSON
import Foundation
import Testing

@Suite struct DecodingTests {
    private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONCoding.decode(type, from: Array(text.utf8))
    }

    /// The path and kind of the error that decoding throws.
    private func fault<T: Decodable>(_ type: T.Type, _ text: String) -> String? {
        do {
            _ = try decode(type, text)
            return nil
        } catch let error as DecodingError {
            switch error {
            case .typeMismatch(_, let context): return "mismatch at " + path(context.codingPath)
            case .valueNotFound(_, let context): return "null at " + path(context.codingPath)
            case .keyNotFound(let key, let context): return "no \(key.stringValue) at " + path(context.codingPath)
            case .dataCorrupted(let context): return "corrupted at " + path(context.codingPath)
            @unknown default: return "unknown"
            }
        } catch {
            return "\(error)"
        }
    }

    private func path(_ path: [any CodingKey]) -> String {
        path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    struct Order: Codable, Equatable {
        struct Item: Codable, Equatable {
            var sku: String
            var quantity: Int
            var price: Double?
        }
        enum State: String, Codable { case open, closed }
        var id: String
        var items: [Item]
        var state: State
        var tags: Set<String>?
        var counts: [String: Int]
        var extra: JSONValue
    }

    @Test func `nested types are read`() throws {
        let text =
            #"{"id":"o1","items":[{"sku":"a","quantity":2,"price":1},{"sku":"b","quantity":1,"price":null}],"state":"closed","counts":{"x":1},"extra":{"k":[1,null]},"more":1}"#
        let order = Order(
            id: "o1",
            items: [.init(sku: "a", quantity: 2, price: 1), .init(sku: "b", quantity: 1, price: nil)],
            state: .closed,
            tags: nil,
            counts: ["x": 1],
            extra: ["k": [1, nil]]
        )
        #expect(try decode(Order.self, text) == order)
    }

    @Test(arguments: [
        (#"{}"#, "no id at "), (#"{"id":1}"#, "mismatch at id"), (#"{"id":null}"#, "null at id"),
        (#"[]"#, "mismatch at "),
        (#"{"id":"a","items":{}}"#, "mismatch at items"), (#"{"id":"a","items":[1]}"#, "mismatch at items.0"),
        (#"{"id":"a","items":[{"sku":"a","quantity":1},{"sku":"b","quantity":"2"}]}"#, "mismatch at items.1.quantity"),
        (#"{"id":"a","items":[{"sku":"a","quantity":1.5}]}"#, "corrupted at items.0.quantity"),
        (#"{"id":"a","items":[{"sku":"a"}]}"#, "no quantity at items.0"),
        (#"{"id":"a","items":[{"sku":"a","quantity":1,"price":"1"}]}"#, "mismatch at items.0.price"),
        (#"{"id":"a","items":[],"state":"x"}"#, "corrupted at state"),
        (#"{"id":"a","items":[],"state":"open","counts":{"x":true}}"#, "mismatch at counts.x"),
        (#"{"id":"a","items":[],"state":"open","counts":{},"tags":[null]}"#, "null at tags.0"),
    ])
    func `an error has the path of its value`(text: String, expected: String) {
        #expect(fault(Order.self, text) == expected)
    }

    @Test func `text that is no JSON is refused with its offset`() {
        #expect(throws: JSONError.unexpectedEnd(offset: 6)) { try decode(Order.self, #"{"id":"#) }
    }

    private func checkRange<T: FixedWidthInteger & Codable>(_ type: T.Type) throws {
        let least = max(Int(clamping: T.min), -(1 << 53))
        let most = min(Int(clamping: T.max), 1 << 53)
        for value in [least, 0, most] {
            #expect(try decode([T].self, "[\(value)]") == [T(value)])
            #expect(try decode([String: T].self, "{\"k\":\(value)}") == ["k": T(value)])
            #expect(try decode(T.self, "\(value)") == T(value))
        }
        for value in [least - 1, most + 1] {
            #expect(fault([T].self, "[0,\(value)]") == "corrupted at 1", "\(type) \(value)")
            #expect(fault([String: T].self, "{\"k\":\(value)}") == "corrupted at k", "\(type) \(value)")
        }
        #expect(fault(T.self, "1.5") == "corrupted at ")
        #expect(fault(T.self, "true") == "mismatch at ")
        #expect(try decode(T.self, "1e1") == 10)
    }

    @Test func `integers of every width are checked for their range`() throws {
        try checkRange(Int.self)
        try checkRange(Int8.self)
        try checkRange(Int16.self)
        try checkRange(Int32.self)
        try checkRange(Int64.self)
        try checkRange(UInt.self)
        try checkRange(UInt8.self)
        try checkRange(UInt16.self)
        try checkRange(UInt32.self)
        try checkRange(UInt64.self)
    }

    @Test func `doubles and floats are read from integers too`() throws {
        #expect(try decode([Double].self, "[1,1.5,9007199254740993]") == [1, 1.5, 9_007_199_254_740_992])
        #expect(try decode([Float].self, "[1,0.1]") == [1, 0.1])
        #expect(fault([Float].self, "[1e300]") == "corrupted at 0")
        #expect(fault([Double].self, "[\"1\"]") == "mismatch at 0")
    }

    @Test func `dictionaries of any key are read`() throws {
        #expect(try decode([Int: String].self, #"{"1":"a","-2":"b"}"#) == [1: "a", -2: "b"])
        #expect(fault([Int: String].self, #"{"x":"a"}"#) == "mismatch at x")
        #expect(try decode([String: [String: Int]].self, #"{"a":{"b":1}}"#) == ["a": ["b": 1]])
    }

    /// With the extra members the object is one that is sorted before it is searched.
    @Test(arguments: [0, 100])
    func `a member is found by the bytes of its name, the last one of each`(extraMembers: Int) throws {
        let extra = (0..<extraMembers).map { #""x\#($0)":[\#($0)],"# }.joined()
        let text = "{" + extra + #""a":1,"\u0061":"é\n","ab":2,"\u00e9":3,"e\u0301":4,"a":5,"":6}"#
        let numbers = try decode([String: JSONValue].self, text)
        #expect(numbers["a"] == 5)
        #expect(numbers["ab"] == 2)
        #expect(numbers[""] == 6)
        #expect(try decode(JSONValue.self, text) == JSONValue(parsing: text))
        #expect(try decode(Named.self, text) == Named(a: 5, composed: 3, decomposed: 4))
        #expect(fault(Named.self, text.replacing(#""a":5"#, with: #""b":5"#)) == "mismatch at a")
        #expect(fault(Named.self, text.replacing(#""ab":2"#, with: #""a":null"#)) == nil)
        #expect(fault(Named.self, "{" + extra + #""ab":1}"#) == "no a at ")
    }

    struct Named: Decodable, Equatable {
        enum CodingKeys: String, CodingKey {
            case a
            case composed = "\u{e9}"
            case decomposed = "e\u{301}"
        }
        var a: Int
        var composed: Int
        var decomposed: Int
    }

    @Test func `optionals and nulls are told apart`() throws {
        #expect(try decode([Int?].self, "[1,null]") == [1, Int?.none])
        #expect(try decode(Int?.self, "null") == nil)
        #expect(try decode([String: Int?].self, #"{"a":null}"#) == ["a": Int?.none])
        #expect(fault([Int].self, "[1,null]") == "null at 1")
    }

    @Test func `a JSONValue passes as it is`() throws {
        let value: JSONValue = ["b": [1, 2.5, "x", nil, true], "a": ["z": [:]]]
        #expect(try JSONCoding.decode(JSONValue.self, fromValue: value) == value)
        #expect(try JSONCoding.decode([String: JSONValue].self, fromValue: value)["a"] == ["z": [:]])
        #expect(try JSONCoding.decode(JSONObject.self, fromValue: value) == value.objectValue)
        #expect(fault(JSONObject.self, "1") == "mismatch at ")
    }

    struct ByHand: Decodable {
        enum Key: String, CodingKey { case nested, list, base, more }
        var inner: Int
        var values: [String] = []
        var isNilFirst: Bool
        var base: Int
        var more: String
        var keys: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            keys = container.allKeys.map(\.stringValue)
            let nested = try container.nestedContainer(keyedBy: Key.self, forKey: .nested)
            inner = try nested.decode(Int.self, forKey: .more)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            isNilFirst = try list.decodeNil()
            var deeper = try list.nestedUnkeyedContainer()
            while !deeper.isAtEnd { values.append(try deeper.decode(String.self)) }
            let object = try list.nestedContainer(keyedBy: Key.self)
            values.append(try object.decode(String.self, forKey: .more))
            let last = try list.superDecoder()
            values.append(try last.singleValueContainer().decode(String.self))
            base = try container.superDecoder(forKey: .base).singleValueContainer().decode(Int.self)
            more = try container.superDecoder().singleValueContainer().decode(String.self)
        }
    }

    @Test func `containers inside one another and super decoders are served`() throws {
        let text =
            #"{"nested":{"more":1},"list":[null,["a","b"],{"more":"c"},"d"],"base":2,"super":"s","unknown":0}"#
        let value = try decode(ByHand.self, text)
        #expect(value.inner == 1)
        #expect(value.isNilFirst)
        #expect(value.values == ["a", "b", "c", "d"])
        #expect(value.base == 2)
        #expect(value.more == "s")
        #expect(value.keys == ["base", "list", "nested"])
        #expect(fault(ByHand.self, #"{"nested":{"more":"x"}}"#) == "mismatch at nested.more")
        #expect(fault(ByHand.self, #"{"nested":{"more":1},"list":[]}"#) == "null at list.0")
        #expect(fault(ByHand.self, #"{"nested":{"more":1},"list":[null,["a",1]]}"#) == "mismatch at list.1.1")
        #expect(fault(ByHand.self, #"{"nested":{"more":1},"list":[null,[],{"more":2}]}"#) == "mismatch at list.2.more")
    }

    @Test func `what Foundation encodes is decoded`() throws {
        struct Sample: Codable, Equatable {
            var date: Date
            var uuid: UUID
            var data: [UInt8]
            var pair: [Double: Bool]
        }
        let sample = Sample(
            date: Date(timeIntervalSinceReferenceDate: 1.5),
            uuid: UUID(),
            data: [0, 255],
            pair: [1.5: true]
        )
        #expect(try JSONCoding.decode(Sample.self, from: Array(try JSONEncoder().encode(sample))) == sample)
        #expect(try JSONDecoder().decode(Sample.self, from: Data(try JSONCoding.encode(sample))) == sample)
        #expect(try JSONCoding.decode(Sample.self, from: try JSONCoding.encode(sample)) == sample)
    }
}
