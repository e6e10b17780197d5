import DaprText
import Testing

struct TextTests {
    @Test func `hexadecimal digits are read and written`() {
        for byte in UInt8.min ... .max {
            let digit = String(decoding: [byte], as: UTF8.self)
            let value = byte < 0x80 && digit != "+" && digit != "-" ? UInt8(digit, radix: 16) : nil
            #expect(Hexadecimal.value(of: byte) == value)
            let isUppercase = (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
            #expect(Hexadecimal.value(ofLowercase: byte) == (isUppercase ? nil : value))
            // The lowest four bits count.
            #expect(String(UnicodeScalar(Hexadecimal.digit(byte))) == String(byte & 15, radix: 16))
            #expect(
                String(UnicodeScalar(Hexadecimal.uppercaseDigit(byte))) == String(byte & 15, radix: 16, uppercase: true)
            )
        }
    }

    @Test(arguments: [
        ("a%2Fb", "a/b"), ("%c3%A9", "é"), ("a+b", "a+b"), ("", ""), ("%00", "\0"), ("100%", nil), ("%2", nil),
        ("%zz", nil), ("%C3", nil),
    ])
    func `escapes are resolved, and broken ones refused`(text: String, decoded: String?) {
        #expect(PercentEncoding.decoded(text.utf8).map { Array($0.utf8) } == decoded.map { Array($0.utf8) })
    }

    @Test func `what is no UTF-8 has bytes and no text`() {
        #expect(PercentEncoding.decodedBytes("%C3+".utf8) == [0xC3, 0x2B])
        #expect(PercentEncoding.decodedBytes("%C3+".utf8, plusIsSpace: true) == [0xC3, 0x20])
        #expect(PercentEncoding.decodedBytes("%C".utf8) == nil)
    }

    @Test func `what is not to stay is escaped`() {
        #expect(PercentEncoding.encoded("aZ9-._~ /+@é") == "aZ9-._~%20%2F%2B%40%C3%A9")
        #expect(PercentEncoding.encoded("a/b@", keeping: { $0 != UInt8(ascii: "/") }) == "a%2Fb@")
    }

    /// The vectors of http://www.isthe.com/chongo/src/fnv/test_fnv.c, and of RFC 9923 for 128 bits.
    @Test func `FNV-1a is that of its authors`() {
        func hash<Word>(_ text: String, _ word: Word.Type) -> Word where Word: FNVWord {
            var hash = FNV1a<Word>()
            hash.add(text)
            return hash.value
        }
        #expect(hash("", UInt64.self) == 0xcbf2_9ce4_8422_2325)
        #expect(hash("a", UInt64.self) == 0xaf63_dc4c_8601_ec8c)
        #expect(hash("foobar", UInt64.self) == 0x8594_4171_f739_67e8)
        #expect(hash("", UInt128.self) == 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
        #expect(hash("a", UInt128.self) == 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964)
    }

    @Test(
        arguments: [([], [], true), ([1, 2], [1, 2], true), ([1, 2], [1, 3], false), ([1], [1, 2], false)]
            as [([UInt8], [UInt8], Bool)]
    )
    func `bytes are compared whole`(left: [UInt8], right: [UInt8], areEqual: Bool) {
        #expect(ConstantTime.areEqual(left.span, right.span) == areEqual)
    }

    @Test func `texts are the same by their bytes, not by what Unicode holds for equal`() {
        let (one, two) = ("\u{E9}", "e\u{301}")
        #expect(one == two)
        #expect(!one.hasSameBytes(as: two))
        #expect(!ConstantTime.areEqual(one, two))
        #expect(two.hasSameBytes(as: "e\u{301}"))
        #expect(ConstantTime.areEqual(two, "e\u{301}"))
        #expect(![one].haveSameBytes(as: [two]))
        #expect([one, two].haveSameBytes(as: [one, two]))
        #expect(Optional(one).hasSameBytes(as: one))
        #expect(!Optional(one).hasSameBytes(as: nil))
    }

    @Test func `control characters are those that Unicode calls so`() {
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isControl = scalar.properties.generalCategory == .control
            for text in ["\(scalar)", "a\(scalar)", "é\(scalar)😀"] {
                #expect(text.hasControlCharacter == isControl, "\(value)")
            }
        }
        #expect(!"".hasControlCharacter)
        #expect(!"\u{10FFFF}".hasControlCharacter)
    }
}
