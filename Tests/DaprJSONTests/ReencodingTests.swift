import DaprJSON
import TestTools
import Testing

@Suite struct ReencodingTests {
    private func doubles(_ text: String) throws -> String {
        String(decoding: try JSONReencoding.reencoded(Array(text.utf8), numbers: .asDoubles), as: UTF8.self)
    }

    @Test func `a document comes out as daprd stores it`() throws {
        let text =
            #"{"z": 1.0, "b": 1e3, "a": 9007199254740993, "neg": -0.0, "u": "\u00e9", "html": "<&>", "slash": "a\/b", "dup": 1, "dup": 2}"#
        let expected =
            #"{"a":9007199254740992,"b":1000,"dup":2,"html":"\u003c\u0026\u003e","neg":-0,"slash":"a/b","u":"é","z":1}"#
        #expect(try doubles(text) == expected)
    }

    @Test(arguments: [
        ("1", "1"), (" [ 1 , 2.50 , -0 ] ", "[1,2.5,-0]"), ("1e21", "1e+21"), ("0.0000001", "1e-7"), ("1E400e", nil),
        ("\"a\\u2028\\u0008\\f\"", #""a\u2028\b\f""#),
        ("{\"b\":{\"d\":1,\"c\":[{\"f\":0,\"e\":0}]},\"a\":null}", #"{"a":null,"b":{"c":[{"e":0,"f":0}],"d":1}}"#),
        ("{\"<\":1,\"=\":2,\";\":3}", #"{";":3,"\u003c":1,"=":2}"#), ("{}", "{}"), ("[{},[]]", "[{},[]]"),
        ("{\"a\":{\"x\":1},\"a\":{\"y\":2}}", #"{"a":{"y":2}}"#), ("18446744073709551615", "18446744073709552000"),
        ("true", "true"), ("false", "false"), ("null", "null"), ("{\"a\":1,}", nil), ("[01]", nil), ("", nil),
        ("1 2", nil),
        ("{\"a\" 1}", nil), ("\"\\x\"", nil), ("\"a\tb\"", nil), ("\u{feff}1", nil), ("nul", nil),
    ])
    func `values are written as Go writes them`(text: String, expected: String?) throws {
        if let expected {
            #expect(try doubles(text) == expected)
        } else {
            #expect(throws: JSONError.self) { try doubles(text) }
        }
    }

    @Test(arguments: [
        (#""\ud800""#, "\u{fffd}"), (#""\udc00x""#, "\u{fffd}x"), (#""\ud800\u0041""#, "\u{fffd}A"),
        (#""\ud800\ud83d\ude00""#, "\u{fffd}😀"), (#""\ud800\ud800""#, "\u{fffd}\u{fffd}"), (#""a\ud83d\ude00""#, "a😀"),
    ])
    func `lone surrogates become U+FFFD`(text: String, expected: String) throws {
        #expect(try doubles(text) == "\"\(expected)\"")
    }

    @Test(
        arguments: [
            ([0xff], "\u{fffd}"), ([0x61, 0xc3], "a\u{fffd}"), ([0xe2, 0x82, 0x61], "\u{fffd}\u{fffd}a"),
            ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"), ([0xc3, 0xa9, 0x80], "é\u{fffd}"),
            ([0xf0, 0x9f, 0x98, 0x22], nil),
        ] as [([UInt8], String?)]
    )
    func `each byte that is not UTF-8 becomes U+FFFD`(bytes: [UInt8], expected: String?) throws {
        let quote = UInt8(ascii: "\"")
        let json = [quote] + bytes + [quote]
        guard let expected else {
            #expect(throws: JSONError.trailingBytes(offset: 5)) {
                try JSONReencoding.reencoded(json, numbers: .asDoubles)
            }
            return
        }
        #expect(try JSONReencoding.reencoded(json, numbers: .asDoubles) == Array("\"\(expected)\"".utf8))
    }

    @Test func `names that become equal are one name`() throws {
        #expect(try doubles(#"{"\ud800":1,"\udfff":2,"�":3}"#) == "{\"\u{fffd}\":3}")
    }

    @Test func `a number beyond the doubles is refused unless its text is kept`() throws {
        let json = Array(#"{"a":1e400}"#.utf8)
        #expect(throws: JSONError.numberOutOfRange(offset: 5)) {
            try JSONReencoding.reencoded(json, numbers: .asDoubles)
        }
        #expect(try JSONReencoding.reencoded(json, numbers: .asWritten) == json)
    }

    @Test func `as written numbers keep their text`() throws {
        let json = Array(#"[1.0, 1e3, 9007199254740993, -0.0, {"b":1E+2,"a":0.10}]"#.utf8)
        let result = try JSONReencoding.reencoded(json, numbers: .asWritten)
        #expect(String(decoding: result, as: UTF8.self) == #"[1.0,1e3,9007199254740993,-0.0,{"a":0.10,"b":1E+2}]"#)
    }

    @Test(arguments: [10, 33, 1000])
    func `of many members the last of each name is kept in order`(count: Int) throws {
        var generator = SeededRandom(seed: UInt64(count))
        let members = (0..<count).map { index in
            "\"name\\u002d\(Int.random(in: 0..<count / 2, using: &generator))\":\(index)"
        }
        let json = Array("{\(members.joined(separator: ","))}".utf8)
        let expected = try JSONValue(parsing: json).serialized(escapingHTML: true)
        #expect(try JSONReencoding.reencoded(json, numbers: .asDoubles) == expected)
    }

    @Test func `it agrees with parsing and writing on random values`() throws {
        var values = RandomValues(seed: 3)
        for _ in 0..<2000 {
            let value = values.value()
            let json = value.serialized(escapingHTML: true)
            #expect(try JSONReencoding.reencoded(value.serialized(), numbers: .asDoubles) == json)
            #expect(try JSONReencoding.reencoded(json, numbers: .asWritten) == json)
        }
    }
}
