/// Arithmetic with CEL's strict types: both sides must have the same type, and a result out of range is an error.
enum CELArithmetic {
    /// The result of `+`, `-`, `*`, `/` or `%`.
    static func apply(_ function: Function, _ left: CELValue, _ right: CELValue) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try whole(function, left, right))
        case (.uint(let left), .uint(let right)): return .uint(try whole(function, left, right))
        case (.double(let left), .double(let right)):
            switch function {
            case .add: return .double(left + right)
            case .subtract: return .double(left - right)
            case .multiply: return .double(left * right)
            case .divide: return .double(left / right)
            default: break
            }
        case (.timestamp(let time), .duration(let duration)):
            if function == .add { return .timestamp(try time.adding(duration.nanoseconds, function)) }
            if function == .subtract {
                guard duration.nanoseconds != .min else { throw .overflow(function.rawValue) }
                return .timestamp(try time.adding(-duration.nanoseconds, function))
            }
        case (.duration(let duration), .timestamp(let time)) where function == .add:
            return .timestamp(try time.adding(duration.nanoseconds, function))
        case (.timestamp(let left), .timestamp(let right)) where function == .subtract:
            let difference = Int128(left.seconds - right.seconds) * 1_000_000_000 + Int128(left.nanos - right.nanos)
            guard let nanoseconds = Int64(exactly: difference) else { throw .overflow(function.rawValue) }
            return .duration(CELDuration(nanoseconds: nanoseconds))
        case (.duration(let left), .duration(let right)) where function == .add || function == .subtract:
            return .duration(CELDuration(nanoseconds: try whole(function, left.nanoseconds, right.nanoseconds)))
        default: break
        }
        throw .noMatchingOverload(function.rawValue, [left.type, right.type])
    }

    /// The negated value.
    static func negated(_ value: CELValue) throws(CELError) -> CELValue {
        switch value {
        case .int(let int):
            guard int != .min else { throw .overflow(Function.negate.rawValue) }
            return .int(-int)
        case .double(let double): return .double(-double)
        case .duration(let duration):
            guard duration.nanoseconds != .min else { throw .overflow(Function.negate.rawValue) }
            return .duration(CELDuration(nanoseconds: -duration.nanoseconds))
        default: throw .noMatchingOverload(Function.negate.rawValue, [value.type])
        }
    }

    private static func whole<Value: FixedWidthInteger>(
        _ function: Function,
        _ left: Value,
        _ right: Value
    ) throws(CELError) -> Value {
        let result: (partialValue: Value, overflow: Bool)
        switch function {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide, .remainder:
            guard right != 0 else { throw .divisionByZero }
            result =
                function == .divide
                ? left.dividedReportingOverflow(by: right) : left.remainderReportingOverflow(dividingBy: right)
        default: throw .noMatchingOverload(function.rawValue, [])
        }
        guard !result.overflow else { throw .overflow(function.rawValue) }
        return result.partialValue
    }
}
