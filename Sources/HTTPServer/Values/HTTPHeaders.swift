/// Header fields in the order they were sent; names keep their spelling and are looked up without regard to case.
package struct HTTPHeaders: Sendable {
    private var fields: [(name: String, value: String)] = []

    package init() {}

    /// The first value of that name; setting replaces all fields of that name, `nil` removes them.
    package subscript(_ name: String) -> String? {
        get { fields.first { sameName($0.name, name) }?.value }
        set {
            fields.removeAll { sameName($0.name, name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// Every value of that name, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { sameName($0.name, name) }.map(\.value)
    }

    /// Adds a field behind those that are there, also when one of that name is.
    package mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    package var count: Int { fields.count }

    /// Makes room for so many fields at once.
    package mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }
}

extension HTTPHeaders: Sequence {
    package func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { fields.makeIterator() }
}

extension HTTPHeaders: Equatable {
    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.fields.count == right.fields.count && zip(left.fields, right.fields).allSatisfy { $0 == $1 }
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }
}

/// Whether two field names are the same by RFC 9110 section 5.1: ASCII letters compare without case.
private func sameName(_ left: String, _ right: String) -> Bool {
    var left = left.utf8.makeIterator()
    var right = right.utf8.makeIterator()
    while let a = left.next() {
        guard let b = right.next() else { return false }
        if a != b {
            guard a | 0x20 == b | 0x20, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(a | 0x20) else { return false }
        }
    }
    return right.next() == nil
}
