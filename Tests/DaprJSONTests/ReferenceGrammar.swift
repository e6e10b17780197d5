/// RFC 8259 once more, as its grammar is printed: a recogniser that shares nothing with the parser it judges.
struct ReferenceGrammar {
    private let text: [Character]
    private var place = 0

    /// Whether a text of ASCII is one JSON value.
    static func accepts(_ text: [UInt8]) -> Bool {
        var grammar = ReferenceGrammar(text: text.map { Character(Unicode.Scalar($0)) })
        grammar.ws()
        return grammar.value() && grammar.ws() && grammar.place == grammar.text.count
    }

    private init(text: [Character]) { self.text = text }

    private mutating func takes(_ wanted: String) -> Bool {
        guard text[place...].starts(with: wanted) else { return false }
        place += wanted.count
        return true
    }

    private mutating func takes(oneOf wanted: String) -> Bool {
        guard place < text.count, wanted.contains(text[place]) else { return false }
        place += 1
        return true
    }

    @discardableResult
    private mutating func ws() -> Bool {
        while takes(oneOf: " \t\n\r") {}
        return true
    }

    private mutating func value() -> Bool {
        if takes("false") || takes("null") || takes("true") { return true }
        if takes("{") { return members() }
        if takes("[") { return elements() }
        if takes("\"") { return characters() }
        return number()
    }

    private mutating func members() -> Bool {
        ws()
        if takes("}") { return true }
        while takes("\"") {
            guard characters(), ws(), takes(":"), ws(), value(), ws() else { return false }
            if takes("}") { return true }
            guard takes(","), ws() else { return false }
        }
        return false
    }

    private mutating func elements() -> Bool {
        ws()
        if takes("]") { return true }
        while value(), ws() {
            if takes("]") { return true }
            guard takes(","), ws() else { return false }
        }
        return false
    }

    private mutating func characters() -> Bool {
        while place < text.count {
            if takes("\"") { return true }
            if takes("\\") {
                if takes("u") {
                    for _ in 0..<4 where !takes(oneOf: "0123456789abcdefABCDEF") { return false }
                } else if !takes(oneOf: "\"\\/bfnrt") {
                    return false
                }
            } else {
                guard let byte = text[place].asciiValue, byte >= 0x20 else { return false }
                place += 1
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = takes("-")
        if !takes("0") {
            guard takes(oneOf: "123456789") else { return false }
            digits()
        }
        if takes(".") {
            guard takes(oneOf: "0123456789") else { return false }
            digits()
        }
        if takes(oneOf: "eE") {
            _ = takes(oneOf: "+-")
            guard takes(oneOf: "0123456789") else { return false }
            digits()
        }
        return true
    }

    private mutating func digits() { while takes(oneOf: "0123456789") {} }
}
