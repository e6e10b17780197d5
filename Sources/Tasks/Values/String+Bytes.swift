extension String {
    /// Whether another text has the same bytes.
    ///
    /// Swift's `==` takes texts for equal that Unicode calls equivalent, such as é in one scalar and in two; people who change one into the other
    /// mean it, and what is stored is compared byte for byte elsewhere.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}

extension String? {
    /// Whether another text has the same bytes, or there is none either.
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
    package func haveSameBytes(as others: [String]) -> Bool {
        elementsEqual(others) { $0.hasSameBytes(as: $1) }
    }
}
