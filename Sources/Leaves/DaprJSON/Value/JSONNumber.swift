/// A number of JSON: an integer, kept exactly from -2^53 to 2^53, or a double.
///
/// Integers beyond 2^53 become the nearest double, as they do in every reader that has doubles only; `1` and `1.0` are equal.
public struct JSONNumber: Sendable {
    private enum Storage {
        case integer(Int)
        case double(Double)
    }

    private let storage: Storage

    /// The integers of this magnitude and below are all doubles too.
    static let exactLimit = 1 << 53

    /// Creates a number from an integer, rounded to the nearest double beyond 2^53.
    public init(_ value: Int) {
        storage = Self.isExact(value) ? .integer(value) : .double(Double(value))
    }

    /// Creates a number from a double; `nil` for infinities and NaN, which JSON cannot write.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        storage = .double(value)
    }

    static func isExact(_ value: Int) -> Bool { value <= exactLimit && value >= -exactLimit }

    /// The value as a double.
    public var doubleValue: Double {
        switch storage {
        case .integer(let value): Double(value)
        case .double(let value): value
        }
    }

    /// The value when it is an integer that is kept exactly; `nil` for fractions and beyond 2^53.
    ///
    /// `5.0` and `5e0` are the integer 5. A text of 2^53 + 1 is `nil`, although its double is 2^53.
    public var intValue: Int? {
        switch storage {
        case .integer(let value): value
        case .double(let value): value.magnitude < Double(Self.exactLimit) ? Int(exactly: value) : nil
        }
    }

    func append(to bytes: inout [UInt8]) {
        switch storage {
        case .integer(let value): bytes.appendJSON(value)
        case .double(let value): bytes.appendJSON(value)
        }
    }
}

extension JSONNumber: Hashable {
    /// Whether both numbers are the same double.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.doubleValue == rhs.doubleValue }

    /// Hashes the number's double.
    public func hash(into hasher: inout Hasher) { hasher.combine(doubleValue) }
}
