/// Header fields in the order they were sent; names keep their spelling and are looked up without regard to case.
package struct HTTPHeaders: Sendable {
    /// A name and a value.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String

        /// Whether it has this name; most have another length, which costs nothing to see.
        @inline(__always)
        func isNamed(_ other: String) -> Bool {
            name.utf8.count == other.utf8.count && HTTPHeaders.isSame(name.utf8Span.span, other.utf8Span.span)
        }
    }

    /// The fields in their order, for who must not copy what it passes over.
    package private(set) var fields: [Field] = []

    package init() {}

    /// The first value of that name; setting replaces all fields of that name, `nil` removes them.
    package subscript(_ name: String) -> String? {
        get {
            // By place, so that the fields that are passed over are not copied.
            for place in fields.indices where fields[place].isNamed(name) { return fields[place].value }
            return nil
        }
        set {
            fields.removeAll { $0.isNamed(name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// Every value of that name, in order.
    package func values(_ name: String) -> [String] {
        var values: [String] = []
        for place in fields.indices where fields[place].isNamed(name) { values.append(fields[place].value) }
        return values
    }

    /// Adds a field behind those that are there, also when one of that name is.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Adds those fields whose names are not there yet, behind those that are.
    package mutating func addMissing(_ defaults: HTTPHeaders) {
        fields.reserveCapacity(fields.count + defaults.fields.count + 4)
        let own = fields.count
        for field in defaults.fields {
            var place = 0
            while place < own, !fields[place].isNamed(field.name) { place += 1 }
            if place == own { fields.append(field) }
        }
    }

    package var count: Int { fields.count }

    /// Makes room for so many fields at once.
    package mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

    /// Whether two field names of the same length are the same by RFC 9110 section 5.1: ASCII letters compare without case.
    private static func isSame(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        for index in left.indices where left[index] != right[index] {
            let letter = left[index] | 0x20
            guard letter == right[index] | 0x20, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) else {
                return false
            }
        }
        return true
    }
}

extension HTTPHeaders: Sequence {
    package func makeIterator() -> Iterator { Iterator(fields: fields.makeIterator()) }

    package struct Iterator: IteratorProtocol {
        fileprivate var fields: IndexingIterator<[Field]>

        package mutating func next() -> (name: String, value: String)? {
            fields.next().map { ($0.name, $0.value) }
        }
    }
}

extension HTTPHeaders: Equatable {}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        reserveCapacity(elements.count)
        for (name, value) in elements { add(name, value) }
    }
}
