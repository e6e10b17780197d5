/// Header fields in the order they were sent; names keep their spelling and are looked up without regard to case.
package struct HTTPHeaders: Sendable {
    /// Without labels, which would have to be put on the elements of a literal one by one.
    private var fields: [(String, String)] = []

    package init() {}

    /// The first value of that name; setting replaces all fields of that name, `nil` removes them.
    package subscript(_ name: String) -> String? {
        get { fields.first { sameName($0.0, name) }?.1 }
        set {
            fields.removeAll { sameName($0.0, name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// Every value of that name, in order.
    package func values(_ name: String) -> [String] {
        var values: [String] = []
        for field in fields where sameName(field.0, name) { values.append(field.1) }
        return values
    }

    /// Adds a field behind those that are there, also when one of that name is.
    package mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Adds those fields whose names are not there yet, behind those that are.
    package mutating func addMissing(_ defaults: HTTPHeaders) {
        fields.reserveCapacity(fields.count + defaults.fields.count + 4)
        let own = fields.count
        for (name, value) in defaults.fields where !fields[..<own].contains(where: { sameName($0.0, name) }) {
            fields.append((name, value))
        }
    }

    package var count: Int { fields.count }

    /// Makes room for so many fields at once.
    package mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }
}

extension HTTPHeaders: Sequence {
    package func makeIterator() -> Iterator { Iterator(fields: fields.makeIterator()) }

    package struct Iterator: IteratorProtocol {
        fileprivate var fields: IndexingIterator<[(String, String)]>

        package mutating func next() -> (name: String, value: String)? {
            guard let (name, value) = fields.next() else { return nil }
            return (name, value)
        }
    }
}

extension HTTPHeaders: Equatable {
    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.fields.count == right.fields.count && zip(left.fields, right.fields).allSatisfy { $0 == $1 }
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements
    }
}

/// Whether two field names are the same by RFC 9110 section 5.1: ASCII letters compare without case.
private func sameName(_ left: String, _ right: String) -> Bool {
    guard left.utf8.count == right.utf8.count else { return false }
    let left = left.utf8Span.span
    let right = right.utf8Span.span
    for index in 0..<left.count where left[index] != right[index] {
        let letter = left[index] | 0x20
        guard letter == right[index] | 0x20, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) else {
            return false
        }
    }
    return true
}
