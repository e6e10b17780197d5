import DaprText
import Testing

struct Base64URLTests {
    /// RFC 4648 section 10, without the padding.
    @Test(
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func `text is encoded and decoded as the standard says`(text: String, encoded: String) {
        #expect(Base64.url.encoded(Array(text.utf8)) == encoded)
        #expect(Base64.url.decoded(encoded) == Array(text.utf8))
    }

    @Test func `all bytes come back, in the alphabet for URLs`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Base64.url.decoded(Base64.url.encoded(bytes)) == bytes)
        #expect(Base64.url.encoded([0xFB, 0xFF, 0xFE]) == "-__-")
    }

    @Test(
        arguments: [
            "Zg==", "Zg=", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm-_+", "Zm9/", " Zg", "Zg ", "Z\ng", "Zg\n", "Zm9v.",
            "Zgé", "Z\u{0}",
        ]
    )
    func `padding, other characters, impossible lengths and bits left over are refused`(text: String) {
        #expect(Base64.url.decoded(text) == nil)
    }

    @Test func `every value has one spelling`() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for first in alphabet {
            for second in alphabet {
                let text = "\(first)\(second)"
                if let bytes = Base64.url.decoded(text) { #expect(Base64.url.encoded(bytes) == text) }
            }
        }
        let taken = alphabet.filter { Base64.url.decoded("A\($0)") != nil }
        #expect(taken == "AQgw")
    }
}
