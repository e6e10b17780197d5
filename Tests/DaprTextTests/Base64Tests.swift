import DaprText
import Testing

struct Base64Tests {
    /// The test vectors of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `bytes and text belong together`(bytes: String, text: String) {
        for base64 in [Base64.standard, .go] {
            #expect(base64.encoded(Array(bytes.utf8)) == text)
            #expect(base64.decoded(text) == Array(bytes.utf8))
        }
        #expect(Base64.header.decoded(text) == Array(bytes.utf8))
    }

    @Test func `all bytes come back`() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 250) }
            for base64 in [Base64.standard, .go, .url] { #expect(base64.decoded(base64.encoded(bytes)) == bytes) }
        }
        #expect(Base64.standard.encoded([0xFB, 0xFF, 0xFE]) == "+//+")
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zm9v\n", "Zm 9", "Zm=v", "=", "====", "A===", "AA=A", "_-==", "Zg==Zg==", "AA-_",
    ])
    func `text that is not base64 is refused`(text: String) {
        #expect(Base64.standard.decoded(text) == nil)
        #expect(Base64.go.decoded(text) == nil)
    }

    @Test func `bits behind the last byte are refused, or passed over as Go does`() {
        for (text, bytes) in [("Zh==", "f"), ("Zm9=", "fo")] {
            #expect(Base64.standard.decoded(text) == nil)
            #expect(Base64.go.decoded(text) == Array(bytes.utf8))
            #expect(Base64.header.decoded(text) == Array(bytes.utf8))
        }
    }

    @Test func `in a header padding may be missing`() {
        for text in ["Zg", "Zg=", "Zg==", "Zg==="] { #expect(Base64.header.decoded(text) == [0x66]) }
        for text in ["Z", "Zm9vY", "Zg==Zg==", "Z-"] { #expect(Base64.header.decoded(text) == nil) }
    }
}
