extension Evaluator {
    /// Applies an operator or function to values.
    mutating func call(_ function: Function, _ values: [CELValue]) throws(CELError) -> CELValue {
        switch function {
        case .equal: return .bool(try equal(values[0], values[1]))
        case .notEqual: return .bool(!(try equal(values[0], values[1])))
        case .less: return .bool(try ordering(values[0], values[1], function) == .ascending)
        case .greater: return .bool(try ordering(values[0], values[1], function) == .descending)
        case .lessOrEqual:
            let order = try ordering(values[0], values[1], function)
            return .bool(order == .ascending || order == .same)
        case .greaterOrEqual:
            let order = try ordering(values[0], values[1], function)
            return .bool(order == .descending || order == .same)
        case .isIn: return .bool(try isElement(values[0], of: values[1]))
        case .add: return try sum(values[0], values[1])
        case .subtract, .multiply, .divide, .remainder:
            return try CELArithmetic.apply(function, values[0], values[1])
        case .not:
            guard case .bool(let value) = values[0] else { break }
            return .bool(!value)
        case .negate: return try CELArithmetic.negated(values[0])
        case .size: return try size(values[0])
        case .startsWith, .endsWith, .contains:
            guard case .string(let text) = values[0], case .string(let part) = values[1] else { break }
            try spend((text.utf8.count + part.utf8.count) / 64)
            return .bool(try search(function, text, part))
        case .matches:
            guard case .string(let text) = values[0], case .string(let pattern) = values[1] else { break }
            try spend(pattern.utf8.count)
            let compiled: LinearRegex
            do throws(LinearRegexError) { compiled = try LinearRegex(pattern) } catch { throw .invalidPattern(error) }
            return try matches(text, compiled)
        case .dyn: return values[0]
        case .type: return .type(values[0].type)
        case .int, .uint, .double, .string, .bytes, .bool, .timestamp, .duration:
            try spend(values[0].byteCount / 64)
            return try CELConversion.convert(values[0], by: function)
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            return try CELCalendar.part(function, values)
        }
        throw .noMatchingOverload(function.rawValue, values.map(\.type))
    }

    private mutating func size(_ value: CELValue) throws(CELError) -> CELValue {
        switch value {
        case .string(let text):
            try spend(text.utf8.count / 64)
            return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let list): return .int(Int64(list.count))
        case .map(let map): return .int(Int64(map.count))
        default: throw .noMatchingOverload("size", [value.type])
        }
    }

    /// Evaluates `+`, which also joins texts and lists and so may build a large value.
    private mutating func sum(_ left: CELValue, _ right: CELValue) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try spend((left.utf8.count + right.utf8.count) / 64)
            return .string(left + right)
        case (.bytes(let left), .bytes(let right)):
            try spend((left.count + right.count) / 64)
            return .bytes(left + right)
        case (.list(let left), .list(let right)):
            try spend((left.count + right.count) / 8)
            return .list(left + right)
        default: return try CELArithmetic.apply(.add, left, right)
        }
    }

    private mutating func search(_ function: Function, _ text: String, _ part: String) throws(CELError) -> Bool {
        switch function {
        case .startsWith: return text.utf8.starts(with: part.utf8)
        case .endsWith: return text.utf8.reversed().starts(with: part.utf8.reversed())
        default: return Self.contains(Array(text.utf8), Array(part.utf8))
        }
    }

    /// Whether `bytes` contains `part`, in linear time (Knuth, Morris and Pratt).
    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard !part.isEmpty else { return true }
        var border = [Int](repeating: 0, count: part.count)
        var length = 0
        for index in part.indices.dropFirst() {
            while length > 0, part[index] != part[length] { length = border[length - 1] }
            if part[index] == part[length] { length += 1 }
            border[index] = length
        }
        length = 0
        for byte in bytes {
            while length > 0, byte != part[length] { length = border[length - 1] }
            if byte == part[length] { length += 1 }
            if length == part.count { return true }
        }
        return false
    }

    // MARK: Comparison

    private mutating func isElement(_ value: CELValue, of container: CELValue) throws(CELError) -> Bool {
        switch container {
        case .list(let list):
            for element in list where try equal(value, element) { return true }
            return false
        case .map(let map): return map[key: value] != nil
        default: throw .noMatchingOverload("@in", [value.type, container.type])
        }
    }

    /// Compares for equality, which never fails: values of different types are unequal, and numbers compare across
    /// types.
    private mutating func equal(_ left: CELValue, _ right: CELValue) throws(CELError) -> Bool {
        try spend(1)
        switch (left, right) {
        case (.null, .null): return true
        case (.list(let left), .list(let right)):
            guard left.count == right.count else { return false }
            for (left, right) in zip(left, right) where !(try equal(left, right)) { return false }
            return true
        case (.map(let left), .map(let right)):
            guard left.count == right.count else { return false }
            for entry in left.entries {
                guard let other = right[key: entry.key] else { return false }
                guard try equal(entry.value, other) else { return false }
            }
            return true
        case (.type(let left), .type(let right)): return left == right
        default:
            try spend(min(left.byteCount, right.byteCount) / 64)
            return CELOrder.between(left, right) == .same
        }
    }

    private mutating func ordering(
        _ left: CELValue,
        _ right: CELValue,
        _ function: Function
    ) throws(CELError) -> CELOrder {
        try spend(min(left.byteCount, right.byteCount) / 64)
        guard let order = CELOrder.between(left, right) else {
            throw .noMatchingOverload(function.rawValue, [left.type, right.type])
        }
        return order
    }
}

extension CELValue {
    /// The number of bytes of a text or of bytes; 0 for other types.
    var byteCount: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        default: 0
        }
    }
}
