import Testing

@testable import Dapr

struct Base64Tests {
    /// The test vectors of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `bytes and text belong together`(bytes: String, text: String) {
        #expect(Base64.encoded(Array(bytes.utf8)) == text)
        #expect(Base64.decoded(text) == Array(bytes.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zm=v", "====", "A===", "_-==", "Zg==Zg=="])
    func `text that is not base64 is refused`(text: String) {
        #expect(Base64.decoded(text) == nil)
    }
}
