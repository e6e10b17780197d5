/// How much text weighs where it is kept.
enum StoredText {
    /// How many bytes a text takes in its stored form, which is JSON as Dapr writes it: a `<` takes six, a line break two.
    static func bytes(_ text: String) -> Int {
        let bytes = text.utf8Span.span
        var more = 0
        // Without a way out it becomes a loop of many bytes at a time.
        for index in bytes.indices {
            let byte = bytes[index]
            let isMarkup = byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&")
            let isEscaped = byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            more &+= (isMarkup ? 5 : 0) &+ (isEscaped ? 1 : 0)
        }
        return bytes.count + more
    }
}
