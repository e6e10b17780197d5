import DaprJSON
import Testing

@Suite struct UTF8Tests {
    /// Each with the offset of its first byte at fault inside.
    static let invalid: [(bytes: [UInt8], fault: Int)] = [
        ([0x80], 0), ([0xbf, 0x61], 0), ([0x61, 0xff], 1), ([0xfe], 0), ([0xc0, 0x80], 0), ([0xc1, 0xbf], 0),
        ([0xe0, 0x80, 0x80], 0), ([0xe0, 0x9f, 0xbf], 0), ([0xf0, 0x80, 0x80, 0x80], 0), ([0xf0, 0x8f, 0xbf, 0xbf], 0),
        ([0xed, 0xa0, 0x80], 0), ([0xed, 0xbf, 0xbf], 0), ([0xf4, 0x90, 0x80, 0x80], 0), ([0xf5, 0x80, 0x80, 0x80], 0),
        ([0xc3], 0), ([0x61, 0x62, 0xc3], 2), ([0xe2, 0x82], 0), ([0xf0, 0x9f, 0x98], 0),
        ([0xc3, 0xa9, 0xe2, 0x28, 0xa1], 2),
        ([0x61, 0xe2, 0x82, 0x61], 1),
    ]

    @Test(arguments: invalid)
    func `bytes that are not UTF-8 are refused where they begin`(bytes: [UInt8], fault: Int) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError.invalidUTF8(offset: 1 + fault)) {
            try JSONValue(parsing: [quote] + bytes + [quote])
        }
        #expect(throws: JSONError.invalidUTF8(offset: 3 + fault)) {
            try JSONValue(parsing: [quote] + Array("\\n".utf8) + bytes + [quote])
        }
        #expect(throws: JSONError.invalidUTF8(offset: 2 + fault)) {
            try JSONValue(parsing: [UInt8(ascii: "{"), quote] + bytes + [quote] + Array(":1}".utf8))
        }
    }

    @Test(arguments: [
        "\u{7f}", "\u{80}", "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "\u{10ffff}",
    ])
    func `the bounds of every length are read with and without an escape before them`(text: String) throws {
        #expect(try JSONValue(parsing: "\"\(text)\"") == .string(text))
        #expect(try JSONValue(parsing: "\"\\n\(text)\"") == .string("\n" + text))
    }

    @Test func `outside of strings bytes above 7f are refused`() {
        #expect(throws: JSONError.unexpectedByte(0xc3, offset: 1)) { try JSONValue(parsing: "[é]") }
    }
}
