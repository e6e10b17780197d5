/// Header fields in the order they were sent; names keep their spelling but compare without case.
package struct HTTPHeaders: Sendable {
    /// A name and a value.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String

        /// Whether the field has this name; most others already differ in length, which is cheap to check.
        @inline(__always)
        func isNamed(_ other: String) -> Bool {
            name.utf8.count == other.utf8.count && HTTPHeaders.isSame(name.utf8Span.span, other.utf8Span.span)
        }
    }

    /// The fields in order, for callers that iterate without copying each field.
    package private(set) var fields: [Field] = []

    package init() {}

    /// The first value of the field `name`; setting replaces all fields of that name, and `nil` removes them.
    package subscript(_ name: String) -> String? {
        get {
            // By index, so that the fields passed over are not copied.
            for place in fields.indices where fields[place].isNamed(name) { return fields[place].value }
            return nil
        }
        set {
            fields.removeAll { $0.isNamed(name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// All values of the field `name`, in order.
    package func values(_ name: String) -> [String] {
        var values: [String] = []
        for place in fields.indices where fields[place].isNamed(name) { values.append(fields[place].value) }
        return values
    }

    /// Appends a field, even if there is already one of that name.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Appends the fields of `defaults` whose names are not there yet.
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

    /// Reserves space for `count` fields.
    package mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

    /// Whether two field names of equal length are the same: ASCII letters compare without case (RFC 9110 section 5.1).
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
