/// Measures text in its stored form.
enum StoredText {
    /// The size of a text in its stored form, which is JSON as Dapr writes it: a `<` takes six bytes, a line break two.
    static func bytes(_ text: String) -> Int {
        let bytes = text.utf8Span.span
        var more = 0
        // Without an early exit the compiler can process many bytes at a time.
        for index in bytes.indices {
            let byte = bytes[index]
            let isMarkup = byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&")
            let isEscaped = byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            more &+= (isMarkup ? 5 : 0) &+ (isEscaped ? 1 : 0)
        }
        return bytes.count + more
    }
}
