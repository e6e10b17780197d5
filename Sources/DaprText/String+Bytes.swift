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
