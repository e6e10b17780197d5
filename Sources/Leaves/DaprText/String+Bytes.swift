extension String {
    /// Whether another text has the same bytes.
    ///
    /// Swift's `==` takes texts for equal that Unicode calls equivalent, such as é in one scalar and in two; people who change one into the other
    /// mean it, and what is stored is compared byte for byte elsewhere.
    @inlinable
    package func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (utf8Span.span, other.utf8Span.span)
        guard left.count == right.count else { return false }
        // Without a way out it becomes a loop of many bytes at a time.
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}

extension String {
    /// Whether one of Unicode's control characters (Cc) is in it: U+0000 to U+001F and U+007F to U+009F, which will stay these.
    package var hasControlCharacter: Bool {
        let bytes = utf8Span.span
        for place in bytes.indices where bytes[place] < 0x20 || bytes[place] >= 0x7F {
            switch bytes[place] {
            // With this byte begin U+0080 to U+00BF, and nothing else.
            case 0xC2: if bytes[place + 1] < 0xA0 { return true }
            case 0x80...: break
            default: return true
            }
        }
        return false
    }
}

extension String? {
    /// Whether another text has the same bytes, or there is none either.
    @inlinable
    package func hasSameBytes(as other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let text?, let other?): text.hasSameBytes(as: other)
        case (_, _): false
        }
    }
}

extension [String] {
    /// Whether other texts have the same bytes, in the same order.
    @inlinable
    package func haveSameBytes(as others: [String]) -> Bool {
        elementsEqual(others) { $0.hasSameBytes(as: $1) }
    }

    /// Whether one of these has the bytes of a text.
    @inlinable
    package func contains(bytesOf text: String) -> Bool { contains { $0.hasSameBytes(as: text) } }
}

extension [UInt8] {
    /// Whether another array has the same bytes: what `==` says, many bytes at a time.
    @inlinable
    package func hasSameBytes(as other: [UInt8]) -> Bool {
        let (left, right) = (span, other.span)
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
