import DaprJSON
import Foundation
import Testing

@Suite struct EncodingTests {
    private func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONCoding.encode(value), as: UTF8.self)
    }

    /// The path of the error that encoding throws.
    private func fault(_ value: some Encodable) -> String? {
        do {
            _ = try JSONCoding.encode(value)
            return nil
        } catch EncodingError.invalidValue(_, let context) {
            return "at "
                + context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        } catch {
            return "\(error)"
        }
    }

    struct Item: Codable, Equatable {
        var zebra = 1
        var apple: String?
        var list: [Double] = [1, 1.5]
        var flag = true
        var small: UInt8 = 255
        var ratio: Float = 0.1
        var nested: [String: [Int?]] = ["b": [1, nil], "a": []]
        var any: JSONValue = ["k": nil]
    }

    @Test func `keys are sorted and absent optionals left out`() throws {
        let expected =
            #"{"any":{"k":null},"flag":true,"list":[1,1.5],"nested":{"a":[],"b":[1,null]},"ratio":0.1,"small":255,"zebra":1}"#
        #expect(try encode(Item()) == expected)
        #expect(try encode(Item(apple: "<é>")).contains(#""apple":"<é>""#))
        #expect(try JSONCoding.decode(Item.self, from: try JSONCoding.encode(Item(apple: "x"))) == Item(apple: "x"))
    }

    @Test func `names and strings are escaped, and arrays of strings written, wherever they come`() throws {
        let names = ["z\"": ["x", "é\n", ""], "a": [], "b\\": [String(repeating: "y", count: 40) + "\t"]]
        let expected = #"{"a":[],"b\\":[""# + String(repeating: "y", count: 40) + #"\t"],"z\"":["x","é\n",""]}"#
        #expect(try encode(names) == expected)
        #expect(try encode([names, ["\u{1}": ["\u{1f}"]]]) == "[" + expected + #",{"\u0001":["\u001f"]}]"#)
        #expect(try JSONCoding.decode([String: [String]].self, from: try JSONCoding.encode(names)) == names)
    }

    @Test func `single values are written as they are`() throws {
        #expect(try encode(1) == "1")
        #expect(try encode("a") == #""a""#)
        #expect(try encode(Int?.none) == "null")
        #expect(try encode([true, false]) == "[true,false]")
        #expect(try encode([1: "a"]) == #"{"1":"a"}"#)
        #expect(try encode(JSONValue.object(["b": 1, "a": 2])) == #"{"a":2,"b":1}"#)
        #expect(try encode(["o": JSONObject([(key: "b", value: 1)])]) == #"{"o":{"b":1}}"#)
        #expect(try JSONCoding.encodeValue(["a": 1]) == ["a": 1])
    }

    @Test func `integers of every width are written`() throws {
        #expect(try encode([Int8.min, .max]) == "[-128,127]")
        #expect(try encode([Int16.min, .max]) == "[-32768,32767]")
        #expect(try encode([Int32.min, .max]) == "[-2147483648,2147483647]")
        #expect(try encode([Int64(-1) << 53]) == "[-9007199254740992]")
        #expect(try encode([UInt8.max]) == "[255]")
        #expect(try encode([UInt16.max]) == "[65535]")
        #expect(try encode([UInt32.max]) == "[4294967295]")
        #expect(try encode([UInt64(1) << 53]) == "[9007199254740992]")
        #expect(try encode([UInt(7)]) == "[7]")
    }

    @Test func `numbers that JSON cannot hold are refused with their path`() {
        #expect(fault(["a": [Double.infinity]]) == "at a.0")
        #expect(fault(["a": Double.nan]) == "at a")
        #expect(fault([Float.infinity]) == "at 0")
        #expect(fault([1, (1 << 53) + 1]) == "at 1")
        #expect(fault(["k": UInt64.max]) == "at k")
        #expect(fault(Int.min) == "at ")
        #expect(fault(["k": Optional(Int.max)]) == "at k")
    }

    struct Nothing: Encodable {
        func encode(to encoder: any Encoder) throws {}
    }

    @Test func `a value that encodes nothing is refused alone and empty inside another`() throws {
        #expect(fault(Nothing()) == "at ")
        #expect(try encode([Nothing()]) == "[{}]")
        #expect(try encode(["a": Nothing()]) == #"{"a":{}}"#)
    }

    class Base: Codable {
        var base = 1
    }

    final class Derived: Base {
        enum Key: String, CodingKey { case own }
        var own = "o"

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            own = try container.decode(String.self, forKey: .own)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try super.encode(to: container.superEncoder())
            try container.encode(own, forKey: .own)
        }
    }

    @Test func `a superclass has a place of its own`() throws {
        let derived = Derived()
        derived.base = 5
        #expect(try encode(derived) == #"{"own":"o","super":{"base":5}}"#)
        #expect(try JSONCoding.decode(Derived.self, from: try JSONCoding.encode(derived)).base == 5)
    }

    struct ByHand: Encodable {
        enum Key: String, CodingKey { case nested, list, base, more }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            var nested = container.nestedContainer(keyedBy: Key.self, forKey: .nested)
            var list = container.nestedUnkeyedContainer(forKey: .list)
            try list.encode(1)
            var deeper = list.nestedUnkeyedContainer()
            var object = list.nestedContainer(keyedBy: Key.self)
            try list.encodeNil()
            try list.superEncoder().singleValueContainer().encodeOnce("s")
            // Containers stay open: what was begun first is still written to.
            try nested.encode(2, forKey: .more)
            try nested.encodeNil(forKey: .base)
            try deeper.encode("x")
            try object.encode(true, forKey: .more)
            #expect(list.count == 5)
            try container.superEncoder(forKey: .base).singleValueContainer().encodeOnce("b")
            var again = encoder.container(keyedBy: Key.self)
            try again.encode("first", forKey: .more)
            try again.encode("last", forKey: .more)
        }
    }

    @Test func `containers inside one another stay open`() throws {
        let expected =
            #"{"base":"b","list":[1,["x"],{"more":true},null,"s"],"more":"last","nested":{"base":null,"more":2}}"#
        #expect(try encode(ByHand()) == expected)
    }

    struct Forgiving: Encodable {
        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(1)
            #expect(throws: EncodingError.self) { try list.encode(["a": [1, Double.nan]]) }
            #expect(throws: EncodingError.self) { try list.encode(Double.nan) }
            try list.encode(["b": 2])
            #expect(list.count == 2)
            var object = list.nestedContainer(keyedBy: ByHand.Key.self)
            #expect(throws: EncodingError.self) { try object.encode(["a": Double.nan], forKey: .base) }
            try object.encode(3, forKey: .more)
        }
    }

    @Test func `a value that was refused leaves nothing behind`() throws {
        #expect(try encode(Forgiving()) == #"[1,{"b":2},{"more":3}]"#)
    }

    @Test func `elements that are put in later stand where they were asked for`() throws {
        struct List: Encodable {
            func encode(to encoder: any Encoder) throws {
                var list = encoder.unkeyedContainer()
                var first = list.nestedUnkeyedContainer()
                var second = list.nestedUnkeyedContainer()
                try list.encode("third")
                _ = list.superEncoder()
                try second.encode(2)
                try first.encode(1)
            }
        }
        #expect(try encode(["k": [List()]]) == #"{"k":[[[1],[2],"third",{}]]}"#)
    }

    @Test func `the container asked for last decides`() throws {
        struct Changing: Encodable {
            func encode(to encoder: any Encoder) throws {
                var object = encoder.container(keyedBy: ByHand.Key.self)
                try object.encode(1, forKey: .more)
                var list = encoder.unkeyedContainer()
                try list.encode(2)
            }
        }
        #expect(try encode(["a": Changing()]) == #"{"a":[2]}"#)
    }

    @Test func `a container kept beyond its value does no harm`() throws {
        final class Keeper {
            var list: (any UnkeyedEncodingContainer)?
            var object: KeyedEncodingContainer<ByHand.Key>?
        }
        struct Inner: Encodable {
            let keeper: Keeper
            func encode(to encoder: any Encoder) throws {
                keeper.object = encoder.container(keyedBy: ByHand.Key.self)
                try keeper.object?.encode(1, forKey: .more)
                keeper.list = encoder.unkeyedContainer()
            }
        }
        struct Outer: Encodable {
            let keeper = Keeper()
            func encode(to encoder: any Encoder) throws {
                var object = encoder.container(keyedBy: ByHand.Key.self)
                try object.encode(1, forKey: .nested)
                try object.encode(Inner(keeper: keeper), forKey: .list)
                try keeper.object?.encode("late", forKey: .base)
                try keeper.list?.encode("late")
                try object.encode(2, forKey: .base)
            }
        }
        #expect(throws: Never.self) { try JSONCoding.encode(Outer()) }
    }

    @Test(arguments: [2, 31, 32, 33, 34, 500])
    func `many keys are sorted by their bytes`(count: Int) throws {
        let keys = (0..<count).map { "a key with \($0 % 2 == 0 ? "\"" : "é")\($0)" }
        let members = Dictionary(uniqueKeysWithValues: keys.map { ($0, $0.utf8.count) })
        let expected = JSONObject(members.map { (key: $0.key, value: .integer($0.value)) })
        #expect(try JSONCoding.encode(members) == JSONValue.object(expected).serialized())
    }

    @Test func `random values pass through every coder`() throws {
        var values = RandomValues(seed: 8)
        for _ in 0..<300 {
            let value = values.value(depth: 3)
            #expect(try JSONCoding.encode(value) == value.serialized())
            #expect(try JSONCoding.decode(JSONValue.self, from: try JSONCoding.encode([value])) == [value])
            #expect(
                try JSONCoding.encode([String: JSONValue](uniqueKeysWithValues: [("k", value)])) == Array(
                    "{\"k\":".utf8
                ) + value.serialized() + [0x7d]
            )
        }
    }

    @Test func `random items are the same through Foundation`() throws {
        var values = RandomValues(seed: 9)
        for _ in 0..<300 {
            let item = Item(
                zebra: values.integer(),
                apple: values.string(),
                list: [values.double(), values.double()],
                small: UInt8.random(in: 0...255, using: &values.generator),
                ratio: Float.random(in: -1...1, using: &values.generator),
                nested: [values.string(): [values.integer(), nil]],
                any: values.value(depth: 2)
            )
            #expect(try JSONDecoder().decode(Item.self, from: Data(try JSONCoding.encode(item))) == item)
            #expect(try JSONCoding.decode(Item.self, from: Array(try JSONEncoder().encode(item))) == item)
        }
    }
}

extension SingleValueEncodingContainer {
    /// Encodes through a container that is not kept.
    fileprivate func encodeOnce(_ value: String) throws {
        var container = self
        try container.encode(value)
    }
}
