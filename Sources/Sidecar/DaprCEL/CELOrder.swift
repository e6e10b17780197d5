/// The order of two values whose types are comparable.
enum CELOrder: Equatable {
    case ascending
    case same
    case descending
    /// At least one value is NaN.
    case unordered

    /// The order of two values; `nil` when their types are not comparable.
    static func between(_ left: CELValue, _ right: CELValue) -> Self? {
        switch (left, right) {
        case (.bool(let left), .bool(let right)): of(left ? 1 : 0, right ? 1 : 0)
        case (.int(let left), .int(let right)): of(left, right)
        case (.uint(let left), .uint(let right)): of(left, right)
        case (.int(let left), .uint(let right)): of(Int128(left), Int128(right))
        case (.uint(let left), .int(let right)): of(Int128(left), Int128(right))
        case (.double(let left), .double(let right)): left.isNaN || right.isNaN ? .unordered : of(left, right)
        case (.int(let left), .double(let right)): of(whole: Int128(left), right)
        case (.uint(let left), .double(let right)): of(whole: Int128(left), right)
        case (.double(let left), .int(let right)): of(whole: Int128(right), left).reversed
        case (.double(let left), .uint(let right)): of(whole: Int128(right), left).reversed
        case (.string(let left), .string(let right)): lexical(left.utf8, right.utf8)
        case (.bytes(let left), .bytes(let right)): lexical(left, right)
        case (.timestamp(let left), .timestamp(let right)): of(left, right)
        case (.duration(let left), .duration(let right)): of(left.nanoseconds, right.nanoseconds)
        default: nil
        }
    }

    private var reversed: Self {
        switch self {
        case .ascending: .descending
        case .descending: .ascending
        case .same, .unordered: self
        }
    }

    private static func of<Value: Comparable>(_ left: Value, _ right: Value) -> Self {
        left == right ? .same : left < right ? .ascending : .descending
    }

    /// Compares exactly: neither side is rounded to the other's type.
    private static func of(whole: Int128, _ double: Double) -> Self {
        if double.isNaN { return .unordered }
        if double >= 0x1p64 { return .ascending }
        if double < -0x1p63 { return .descending }
        let floor = Int128(double.rounded(.down))
        if whole != floor { return of(whole, floor) }
        return double == double.rounded(.down) ? .same : .ascending
    }

    private static func lexical(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Self {
        if left.elementsEqual(right) { return .same }
        return left.lexicographicallyPrecedes(right) ? .ascending : .descending
    }
}
