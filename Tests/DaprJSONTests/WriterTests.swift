import DaprJSON
import Testing

@Suite struct WriterTests {
    @Test func `commas and colons come by themselves`() {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.integer(-1)
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.null()
        writer.endArray()
        writer.key("b")
        writer.bool(true)
        writer.key("c")
        writer.string("x")
        writer.key("d")
        writer.raw(Array("[1, 2]".utf8))
        writer.key("e")
        writer.value(["z": 1, "y": [false, 0.5]])
        writer.key("f")
        writer.double(2.5)
        writer.key("g")
        writer.integer(Int.min)
        writer.endObject()
        let expected =
            #"{"a":[-1,{},[],null],"b":true,"c":"x","d":[1, 2],"e":{"y":[false,0.5],"z":1},"f":2.5,"g":-9223372036854775808}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("", "\"\""), ("plain", "\"plain\""), ("é😀", "\"é😀\""), ("a\"b\\c/", #""a\"b\\c/""#),
        ("\u{8}\u{9}\u{a}\u{c}\u{d}", #""\b\t\n\f\r""#), ("\u{0}\u{b}\u{1f}\u{7f}", "\"\\u0000\\u000b\\u001f\u{7f}\""),
        ("<>&\u{2028}\u{2029}", "\"<>&\u{2028}\u{2029}\""),
    ])
    func `strings are escaped where RFC 8259 requires it`(text: String, json: String) {
        #expect(JSONValue.string(text).description == json)
    }

    @Test(arguments: [
        ("<a href=\"x\">&", #""\u003ca href=\"x\"\u003e\u0026""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
        ("\u{2027}\u{202a}€", "\"\u{2027}\u{202a}€\""), ("e\n", #""e\n""#),
    ])
    func `what HTML and JavaScript would take for their own is escaped when asked`(text: String, json: String) {
        let value: JSONValue = .object([text: .string(text)])
        let expected = "{\(json):\(json)}"
        #expect(String(decoding: value.serialized(escapingHTML: true), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (1000, "1000"), (0.1, "0.1"), (1.5, "1.5"), (-19.99, "-19.99"),
        (0.5, "0.5"), (0.25, "0.25"), (100.01, "100.01"), (4.05, "4.05"), (0.0001, "0.0001"), (0.00012, "0.00012"),
        (0.000001, "0.000001"), (0.0000015, "0.0000015"), (1e-7, "1e-7"), (1.5e-7, "1.5e-7"), (9.999e-7, "9.999e-7"),
        (1.5e-10, "1.5e-10"), (.leastNonzeroMagnitude, "5e-324"), (1e20, "100000000000000000000"),
        (1.5e20, "150000000000000000000"),
        (1e21, "1e+21"), (1.25e21, "1.25e+21"), (-1e22, "-1e+22"), (1e100, "1e+100"),
        (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (9_007_199_254_740_992, "9007199254740992"),
        (9_007_199_254_740_994, "9007199254740994"), (0x1p63, "9223372036854776000"), (0x1p64, "18446744073709552000"),
        (0.1 + 0.2, "0.30000000000000004"), (1.0 / 3, "0.3333333333333333"), (123_456.789, "123456.789"),
        (1_000_000_000_000_000.5, "1000000000000000.5"), (12_345_678_901.2345, "12345678901.2345"),
        (99_999_999_999.9999, "99999999999.9999"), (123_456_789.123_456_79, "123456789.12345679"),
    ])
    func `doubles have the text that Go and ECMAScript give them`(double: Double, text: String) {
        #expect(JSONValue.double(double).description == text)
        var writer = JSONWriter()
        writer.double(double)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }

    @Test func `every double reads back as itself from no more digits than the standard library needs`() throws {
        var values = RandomValues(seed: 5)
        for _ in 0..<20_000 {
            let double = values.double()
            let text = JSONValue.double(double).description
            let expected = double.magnitude.description.prefix { $0 != "e" }.filter(\.isNumber)
            #expect(Double(text)?.bitPattern == double.bitPattern, "\(double)")
            let digits = trimmed(String(text.prefix { $0 != "e" }.filter(\.isNumber)))
            #expect(digits == trimmed(expected), "\(double)")
        }
    }

    /// Digits without the zeros at both ends.
    private func trimmed(_ digits: String) -> String {
        let head = digits.drop { $0 == "0" }
        return String(head.reversed().drop { $0 == "0" }.reversed())
    }

    @Test func `what is not finite is written as null`() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.double(.nan)
        writer.double(-.infinity)
        writer.endArray()
        #expect(writer.bytes == Array("[null,null]".utf8))
    }

    @Test(arguments: 0...70, [false, true])
    func `a string is escaped wherever the byte stands that needs it`(length: Int, escapingHTML: Bool) throws {
        for special in ["\"", "\\", "\n", "\u{1f}", "<", ">", "&", "\u{2028}", "\u{2029}", "â", "é", "𝄞"] {
            let text = String(repeating: "x", count: length) + special + String(repeating: "y", count: 70 - length)
            var writer = JSONWriter(escapingHTML: escapingHTML)
            writer.string(text)
            let ordered = String(decoding: writer.bytes, as: UTF8.self)
            #expect(try JSONValue(parsing: writer.bytes) == .string(text))
            let isEscaped = "\"\\\n\u{1f}".contains(special) || escapingHTML && "<>&\u{2028}\u{2029}".contains(special)
            #expect(ordered.contains("\\") == isEscaped, "\(special) at \(length)")
        }
    }

    @Test func `what is written already is put in as it is`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.plain("2026-01-02".utf8.span)
        writer.rawMembers(of: Array("{}".utf8))
        writer.rawMembers(of: Array(#"{"b":1,"c":[]}"#.utf8))
        writer.key("d")
        writer.plain("".utf8.span)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":"2026-01-02","b":1,"c":[],"d":""}"#)
    }
}
