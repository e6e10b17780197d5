import DaprText

/// A map of CEL: keys are strings, bools or whole numbers, in the order of insertion.
package struct CELMap: Sendable {
    /// A key; whole numbers are equal across `int`, `uint` and `double`.
    enum Key: Hashable, Sendable {
        case bool(Bool)
        case int(Int64)
        /// Only for numbers too large for ``int(_:)``.
        case uint(UInt64)
        case string(ExactText)
    }

    private var positions: [Key: Int] = [:]
    private(set) var entries: [(key: CELValue, value: CELValue)] = []

    /// Creates an empty map.
    package init() {}

    /// Creates a map of these fields, ordered by name.
    package init(_ fields: [String: CELValue]) {
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { self[name] = value }
    }

    /// The number of entries.
    package var count: Int { entries.count }

    /// The value of a field; setting `nil` leaves the map unchanged.
    package subscript(_ name: String) -> CELValue? {
        get { positions[.string(ExactText(name))].map { entries[$0].value } }
        set {
            guard let newValue else { return }
            let key = Key.string(ExactText(name))
            if let position = positions[key] {
                entries[position].value = newValue
            } else {
                positions[key] = entries.count
                entries.append((.string(name), newValue))
            }
        }
    }

    /// The value of any key; `nil` when it is absent or its type cannot be a key.
    subscript(key value: CELValue) -> CELValue? {
        Self.key(of: value).flatMap { positions[$0] }.map { entries[$0].value }
    }

    /// Adds an entry; `false` when the key is already present.
    mutating func insert(_ key: Key, _ original: CELValue, _ value: CELValue) -> Bool {
        guard positions[key] == nil else { return false }
        positions[key] = entries.count
        entries.append((original, value))
        return true
    }

    /// The value as a key; `nil` for a type that cannot be one, and for a double that is not a whole number.
    static func key(of value: CELValue) -> Key? {
        switch value {
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .uint(let uint): Int64(exactly: uint).map(Key.int) ?? .uint(uint)
        case .double(let double): Int64(exactly: double).map(Key.int) ?? UInt64(exactly: double).map(Key.uint)
        case .string(let string): .string(ExactText(string))
        default: nil
        }
    }
}
