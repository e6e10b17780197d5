/// Why an expression could not be parsed or evaluated.
package enum CELError: Error, Hashable, Sendable {
    // Parsing an expression. Columns count Unicode scalars from 1, line breaks included.

    /// Something else was expected here.
    case unexpected(String, expected: String, column: Int)
    /// A string or bytes literal is not closed.
    case unterminatedLiteral(column: Int)
    /// A backslash in a literal is followed by a character that has no meaning there.
    case invalidEscape(column: Int)
    /// A number is malformed or outside the range of its type.
    case invalidNumber(String, column: Int)
    /// A word that CEL reserves is used as a name.
    case reservedWord(String, column: Int)
    /// No function of this name has this number of arguments.
    case unknownFunction(String, arguments: Int, column: Int)
    /// A macro such as `has` or `exists` has the wrong arguments.
    case invalidMacro(String, column: Int)
    /// A literal pattern of `matches` is not a regular expression.
    case invalidLiteralPattern(LinearRegexError, column: Int)
    /// The expression has more Unicode scalars than allowed.
    case tooLong(limit: Int)
    /// The expression is nested deeper than allowed.
    case tooDeep(limit: Int, column: Int)

    // Evaluating an expression.

    /// The caller gave no variable of this name.
    case unknownVariable(String)
    /// A map has no such field or key.
    case noSuchField(String)
    /// A list has no element at this index.
    case indexOutOfRange(Int64)
    /// An operator or function does not accept the types of its operands.
    case noMatchingOverload(String, [CELType])
    /// A number, timestamp or duration is out of range.
    case overflow(String)
    /// An integer was divided by zero, or the remainder of a division by zero was requested.
    case divisionByZero
    /// A value cannot be converted to the requested type.
    case conversionFailed(from: CELType, to: CELType)
    /// A computed pattern of `matches` is not a regular expression.
    case invalidPattern(LinearRegexError)
    /// A map literal has the same key twice.
    case repeatedKey(String)
    /// A time zone is neither `UTC` nor an offset such as `+02:00`.
    case unknownTimeZone(String)
    /// The evaluation took more steps than allowed.
    case tooManySteps(limit: Int)
    /// A condition did not evaluate to a bool.
    case notBool(CELType)

    /// The column of a parse error; `nil` for errors of evaluation.
    package var column: Int? {
        switch self {
        case .unexpected(_, _, let column), .unterminatedLiteral(let column), .invalidEscape(let column),
            .invalidNumber(_, let column), .reservedWord(_, let column), .unknownFunction(_, _, let column),
            .invalidMacro(_, let column), .invalidLiteralPattern(_, let column), .tooDeep(_, let column):
            column
        default: nil
        }
    }
}

extension CELError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unexpected(let found, let expected, let column): "column \(column): found \(found), expected \(expected)"
        case .unterminatedLiteral(let column): "column \(column): the literal that begins here has no end"
        case .invalidEscape(let column): "column \(column): invalid escape; write \\\\ for a backslash"
        case .invalidNumber(let text, let column): "column \(column): \(text) is not a number of its type"
        case .reservedWord(let word, let column): "column \(column): \(word) is a reserved word of CEL"
        case .unknownFunction(let name, let arguments, let column):
            "column \(column): there is no function \(name) with \(arguments) argument(s)"
        case .invalidMacro(let use, let column): "column \(column): \(use)"
        case .invalidLiteralPattern(let fault, let column): "column \(column): pattern: \(fault)"
        case .tooLong(let limit): "the expression is longer than \(limit) characters"
        case .tooDeep(let limit, let column): "column \(column): the expression is nested deeper than \(limit)"
        case .unknownVariable(let name): "there is no variable \(name)"
        case .noSuchField(let name): "no such key: \(name); test it with has() first"
        case .indexOutOfRange(let index): "index out of range: \(index)"
        case .noMatchingOverload(let function, let types):
            "no such overload: \(function)(\(types.map(\.description).joined(separator: ", ")))"
        case .overflow(let operation): "overflow in \(operation)"
        case .divisionByZero: "division by zero"
        case .conversionFailed(let source, let target): "this \(source) cannot be converted to \(target)"
        case .invalidPattern(let fault): "pattern: \(fault)"
        case .repeatedKey(let key): "the map has the key \(key) twice"
        case .unknownTimeZone(let zone): "unknown time zone \(zone); use UTC or an offset such as +02:00"
        case .tooManySteps(let limit): "the evaluation took more than \(limit) steps"
        case .notBool(let type): "the condition gave \(type), not bool"
        }
    }
}
