import DaprJSON
import Testing

@Suite struct GrammarTests {
    static let allowed: [(String, JSONValue)] = [
        ("null", JSONValue.null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("-1", -1), ("10", 10),
        ("1.5", 1.5), ("-0.5", -0.5), ("1e2", 100), ("1E+2", 100), ("12e-1", 1.2), ("0e0", 0), ("0.0e-0", 0),
        ("\"\"", ""), ("\"a\"", "a"), (" \t\r\n1 \t\r\n", 1), ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]),
        ("[1,[2,[3]],{}]", [1, [2, [3]], [:]]), ("[ 1 , 2 ]", [1, 2]), ("{\"a\":1}", ["a": 1]),
        (" { \"a\" : 1 , \"b\" : [ true , null ] } ", ["a": 1, "b": [true, nil]]), ("{\"\":0}", ["": 0]),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{c}\n\r\t"), ("\"\\u0041\\u00e9\\u20AC\"", "Aé€"),
        ("\"\\ud83d\\ude00\"", "😀"), ("\"\\uDBFF\\uDFFF\"", "\u{10ffff}"), ("\"\\u0000\"", "\u{0}"),
        ("\"é€😀\u{7f}\"", "é€😀\u{7f}"), ("\"\u{feff}\"", "\u{feff}"), ("\"\\ufffe\\uffff\"", "\u{fffe}\u{ffff}"),
    ]

    @Test(arguments: allowed)
    func `what RFC 8259 allows is read`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    static let forbidden: [(String, JSONError)] = [
        ("", JSONError.unexpectedEnd(offset: 0)), ("  ", .unexpectedEnd(offset: 2)),
        ("nul", .unexpectedEnd(offset: 3)), ("nulx", .unexpectedByte(UInt8(ascii: "x"), offset: 3)),
        ("True", .unexpectedByte(UInt8(ascii: "T"), offset: 0)), ("truex", .trailingBytes(offset: 4)),
        ("NaN", .unexpectedByte(UInt8(ascii: "N"), offset: 0)),
        ("-Infinity", .unexpectedByte(UInt8(ascii: "I"), offset: 1)),
        ("+1", .unexpectedByte(UInt8(ascii: "+"), offset: 0)), (".5", .unexpectedByte(UInt8(ascii: "."), offset: 0)),
        ("-", .unexpectedEnd(offset: 1)), ("1.", .unexpectedEnd(offset: 2)),
        ("1.e1", .unexpectedByte(UInt8(ascii: "e"), offset: 2)),
        ("1e", .unexpectedEnd(offset: 2)), ("1e+", .unexpectedEnd(offset: 3)),
        ("1ex", .unexpectedByte(UInt8(ascii: "x"), offset: 2)),
        ("01", .invalidNumber(offset: 0)), ("-01.5", .invalidNumber(offset: 0)), ("[00]", .invalidNumber(offset: 1)),
        ("0x10", .trailingBytes(offset: 1)), ("1 2", .trailingBytes(offset: 2)), ("1_000", .trailingBytes(offset: 1)),
        ("[", .unexpectedEnd(offset: 1)), ("[1", .unexpectedEnd(offset: 2)), ("[1,", .unexpectedEnd(offset: 3)),
        ("[1,]", .unexpectedByte(UInt8(ascii: "]"), offset: 3)),
        ("[,1]", .unexpectedByte(UInt8(ascii: ","), offset: 1)),
        ("[1 2]", .unexpectedByte(UInt8(ascii: "2"), offset: 3)),
        ("[1}", .unexpectedByte(UInt8(ascii: "}"), offset: 2)),
        ("[]]", .trailingBytes(offset: 2)), ("]", .unexpectedByte(UInt8(ascii: "]"), offset: 0)),
        ("{", .unexpectedEnd(offset: 1)), ("{\"a\"", .unexpectedEnd(offset: 4)), ("{\"a\":", .unexpectedEnd(offset: 5)),
        ("{\"a\":1", .unexpectedEnd(offset: 6)), ("{\"a\":1,", .unexpectedEnd(offset: 7)),
        ("{\"a\":1,}", .unexpectedByte(UInt8(ascii: "}"), offset: 7)),
        ("{a:1}", .unexpectedByte(UInt8(ascii: "a"), offset: 1)),
        ("{1:2}", .unexpectedByte(UInt8(ascii: "1"), offset: 1)),
        ("{\"a\" 1}", .unexpectedByte(UInt8(ascii: "1"), offset: 5)),
        ("{\"a\":}", .unexpectedByte(UInt8(ascii: "}"), offset: 5)),
        ("{\"a\":1]", .unexpectedByte(UInt8(ascii: "]"), offset: 6)),
        ("{'a':1}", .unexpectedByte(UInt8(ascii: "'"), offset: 1)),
        ("// a\n1", .unexpectedByte(UInt8(ascii: "/"), offset: 0)),
        ("\u{b}1", .unexpectedByte(0x0b, offset: 0)), ("\u{a0}1", .unexpectedByte(0xc2, offset: 0)),
        ("1\u{0}", .trailingBytes(offset: 1)), ("\u{feff}1", .byteOrderMark(offset: 0)),
        ("\"abc", .unexpectedEnd(offset: 4)), ("\"abc\\", .unexpectedEnd(offset: 5)),
        ("\"abc\\\"", .unexpectedEnd(offset: 6)),
        ("\"a\nb\"", .controlCharacter(0x0a, offset: 2)), ("\"\u{0}\"", .controlCharacter(0, offset: 1)),
        ("\"\\n\u{1f}\"", .controlCharacter(0x1f, offset: 3)), ("\"\\x\"", .invalidEscape(offset: 1)),
        ("\"a\\U0041\"", .invalidEscape(offset: 2)), ("\"\\u12\"", .invalidEscape(offset: 1)),
        ("\"\\u12g4\"", .invalidEscape(offset: 1)), ("\"\\u+123\"", .invalidEscape(offset: 1)),
        ("\"\\u12", .unexpectedEnd(offset: 5)),
        ("\"\\ud800\"", .loneSurrogate(offset: 1)), ("\"x\\udc00\"", .loneSurrogate(offset: 2)),
        ("\"\\ud800\\u0041\"", .loneSurrogate(offset: 1)), ("\"\\ud800\\ud800\\udc00\"", .loneSurrogate(offset: 1)),
        ("\"\\ud800x\"", .loneSurrogate(offset: 1)), ("\"\\ud83d\\ux\"", .invalidEscape(offset: 7)),
    ]

    @Test(arguments: forbidden)
    func `what RFC 8259 forbids is refused where it stands`(text: String, error: JSONError) {
        #expect(throws: error) { try JSONValue(parsing: text) }
        #expect(throws: error) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test func `a value at the beginning is read with the place where it ends`() throws {
        let texts: [(String, JSONValue, Int)] = [
            ("{\"a\":1} {\"b\"", ["a": 1], 7), (" 12abc", 12, 3), ("\"x\"", "x", 3), ("[1]]", [1], 3),
        ]
        for (text, value, end) in texts {
            let prefix = try JSONValue.parsingPrefix(of: Array(text.utf8))
            #expect(prefix.value == value)
            #expect(prefix.endOffset == end)
        }
        #expect(throws: JSONError.unexpectedEnd(offset: 1)) { try JSONValue.parsingPrefix(of: Array("[".utf8)) }
    }

    @Test func `an error says what is wrong and where and what to do`() {
        let error = JSONError.unexpectedByte(UInt8(ascii: "}"), offset: 7)
        #expect(error.offset == 7)
        #expect(error.description == "unexpected '}' at byte 7: send JSON as RFC 8259 defines it")
        #expect(JSONError.controlCharacter(0x0a, offset: 2).description.contains("\\u000a"))
        #expect(JSONError.tooDeep(limit: 128, offset: 128).description.contains("128 levels"))
    }
}
