/// A parsed expression.
indirect enum Node: Sendable {
    case literal(CELValue)
    case variable(String)
    case select(Node, field: String)
    case has(Node, field: String)
    case index(Node, Node)
    case call(Function, [Node])
    /// `matches` with a literal pattern, compiled by the parser.
    case matches(Node, LinearRegex)
    case and([Node])
    case or([Node])
    case conditional(Node, then: Node, otherwise: Node)
    case list([Node])
    case map([(key: Node, value: Node)])
    case comprehension(Macro, over: Node, variable: String, condition: Node?, transform: Node?)
}

/// A macro over the elements of a list or the keys of a map.
enum Macro: String, Sendable {
    case all
    case exists
    case existsOne = "exists_one"
    case filter
    case map
}

/// An operator or function; the raw value is its name in errors.
enum Function: String, Sendable {
    case not = "!_"
    case negate = "-_"
    case add = "_+_"
    case subtract = "_-_"
    case multiply = "_*_"
    case divide = "_/_"
    case remainder = "_%_"
    case equal = "_==_"
    case notEqual = "_!=_"
    case less = "_<_"
    case lessOrEqual = "_<=_"
    case greater = "_>_"
    case greaterOrEqual = "_>=_"
    case isIn = "@in"
    case size
    case startsWith
    case endsWith
    case contains
    case matches
    case int
    case uint
    case double
    case string
    case bytes
    case bool
    case timestamp
    case duration
    case type
    case dyn
    case getFullYear
    case getMonth
    case getDate
    case getDayOfMonth
    case getDayOfWeek
    case getDayOfYear
    case getHours
    case getMinutes
    case getSeconds
    case getMilliseconds

    /// Finds the function for a call `name(…)` with this number of arguments.
    init?(global name: String, arguments: Int) {
        switch (name, arguments) {
        case ("size", 1), ("int", 1), ("uint", 1), ("double", 1), ("string", 1), ("bytes", 1), ("bool", 1),
            ("timestamp", 1),
            ("duration", 1), ("type", 1), ("dyn", 1), ("matches", 2):
            self.init(rawValue: name)
        default: return nil
        }
    }

    /// Finds the function for a call `value.name(…)` with this number of arguments besides the value.
    init?(method name: String, arguments: Int) {
        switch (name, arguments) {
        case ("size", 0), ("startsWith", 1), ("endsWith", 1), ("contains", 1), ("matches", 1):
            self.init(rawValue: name)
        case ("getFullYear", 0...1), ("getMonth", 0...1), ("getDate", 0...1), ("getDayOfMonth", 0...1),
            ("getDayOfWeek", 0...1), ("getDayOfYear", 0...1), ("getHours", 0...1), ("getMinutes", 0...1),
            ("getSeconds", 0...1), ("getMilliseconds", 0...1):
            self.init(rawValue: name)
        default: return nil
        }
    }
}
