import DaprJSON
import TestTools
import Testing

@Suite struct ObjectTests {
    @Test func `members are found changed added and removed by name`() {
        var object: JSONObject = ["b": 2, "a": 1]
        #expect(object["a"] == 1)
        #expect(object["c"] == nil)
        object["c"] = 3
        object["a"] = "x"
        object["b"] = nil
        object["none"] = nil
        #expect(object == ["c": 3, "a": "x"])
        #expect(object.keys == ["a", "c"])
        #expect(object.count == 2)
        #expect(!object.isEmpty)
        #expect(JSONObject().isEmpty)
    }

    @Test func `of equal names the last one counts`() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
        #expect(try JSONValue(parsing: #"{"a":1,"\u0061":2}"#) == ["a": 2])
        #expect(JSONObject([(key: "x", value: 1), (key: "x", value: 2)]) == ["x": 2])
        let literal: JSONValue = ["a": 1, "a": 2]
        #expect(literal["a"] == 2)
    }

    @Test(arguments: [1, 8, 31, 32, 33, 200])
    func `a name that stands twice is refused where that is asked for`(count: Int) throws {
        var limits = JSONLimits()
        limits.refusesRepeatedNames = true
        var generator = SeededRandom(seed: UInt64(count))
        let names = (0..<count).map { "name-\($0)" }.shuffled(using: &generator)
        func text(_ names: [String]) -> String { "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}" }
        #expect(try JSONValue(parsing: text(names), limits: limits).objectValue?.count == count)
        for name in names {
            let twice = text(names + [name])
            let offset = twice.utf8.count - name.utf8.count - 5
            #expect(throws: JSONError.repeatedName(name, offset: offset)) {
                try JSONValue(parsing: twice, limits: limits)
            }
            #expect(try JSONValue(parsing: twice).objectValue?.count == count)
        }
    }

    @Test func `a name that stands twice is found at any depth and in any spelling`() throws {
        var limits = JSONLimits()
        limits.refusesRepeatedNames = true
        #expect(throws: JSONError.repeatedName("a", offset: 13)) {
            try JSONValue(parsing: #"[{"x":{"a":1,"\u0061":2}}]"#, limits: limits)
        }
        // Two objects may each have it, and two names that only look the same are two.
        for text in [#"[{"a":1},{"a":{"a":2}}]"#, "{\"\u{e9}\":1,\"e\u{301}\":2}"] {
            _ = try JSONValue(parsing: text, limits: limits)
        }
    }

    @Test func `names that differ in bytes are different names`() throws {
        let value = try JSONValue(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{e9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }

    @Test func `names are in the order of their bytes`() throws {
        let names = [
            "", "\u{0}", "a", "a\u{0}", "aa", "abcdefgh", "abcdefgh\u{0}", "abcdefgha", "abcdefghb", "b", "z", "é",
            "\u{ffff}", "😀",
        ]
        let object = JSONObject(names.shuffled().map { (key: $0, value: .null) })
        #expect(object.keys == names)
        for name in names { #expect(object[name] == .null) }
    }

    @Test(arguments: [3, 31, 32, 33, 100, 1000])
    func `an object of many members holds the last value of each`(count: Int) throws {
        var generator = SeededRandom(seed: UInt64(count))
        var expected: [String: Int] = [:]
        var text = "{"
        for index in 0..<count {
            let name = "name-\(Int.random(in: 0..<count, using: &generator))"
            expected[name] = index
            text += (index == 0 ? "" : ",") + "\"\(name)\":\(index)"
        }
        let object = try #require(try JSONValue(parsing: text + "}").objectValue)
        #expect(object.keys == expected.keys.sorted())
        #expect(Dictionary(uniqueKeysWithValues: object.map { ($0.key, $0.value.intValue ?? -1) }) == expected)
        for (name, index) in expected { #expect(object[name]?.intValue == index) }
        #expect(object["name"] == nil)
    }

    @Test func `equality and hashes ignore the order of writing`() throws {
        let first = try JSONValue(parsing: #"{"a":1,"b":[{"c":null,"d":true}]}"#)
        let second = try JSONValue(parsing: #"{"b":[{"d":true,"c":null}],"a":1.0}"#)
        #expect(first == second)
        #expect(Set([first, second]).count == 1)
        #expect(first != ["a": 1])
    }

    @Test func `accessors answer nil for other kinds`() {
        let value: JSONValue = ["s": "text", "i": 7, "d": 1.5, "b": true, "n": nil, "a": [1, 2], "o": ["k": "v"]]
        #expect(value["s"]?.stringValue == "text")
        #expect(value["i"]?.intValue == 7)
        #expect(value["i"]?.doubleValue == 7)
        #expect(value["d"]?.doubleValue == 1.5)
        #expect(value["d"]?.intValue == nil)
        #expect(value["b"]?.boolValue == true)
        #expect(value["n"]?.isNull == true)
        #expect(value["a"]?[1] == 2)
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["o"]?["k"] == "v")
        #expect(value["o"]?[0] == nil)
        #expect(value["s"]?["k"] == nil)
        #expect(value["i"]?.stringValue == nil)
        #expect(value["s"]?.boolValue == nil)
        #expect(value["s"]?.arrayValue == nil)
        #expect(value["s"]?.objectValue == nil)
        #expect(value["b"]?.doubleValue == nil)
        #expect(value["b"]?.isNull == false)
    }
}
