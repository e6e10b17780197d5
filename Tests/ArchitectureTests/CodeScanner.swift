/// Tells code from comments, strings and raw identifiers; enough of Swift's lexer to look for words in code.
struct CodeScanner {
    private let bytes: [UInt8]
    private var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The code, with a space for everything else; lines keep their numbers.
    mutating func code() -> [UInt8] {
        var code: [UInt8] = []
        code.reserveCapacity(bytes.count)
        while index < bytes.count {
            let start = index
            if skipOther() {
                code.append(UInt8(ascii: " "))
                code.append(contentsOf: bytes[start..<index].filter { $0 == UInt8(ascii: "\n") })
            } else {
                code.append(bytes[index])
                index += 1
            }
        }
        return code
    }

    /// Moves behind what begins here and is no code; `false` when it is code.
    private mutating func skipOther() -> Bool {
        switch bytes[index] {
        case UInt8(ascii: "/"), UInt8(ascii: "`"), UInt8(ascii: "#"), UInt8(ascii: "\""): break
        default: return false
        }
        if at("//") {
            skip(until: "\n", consuming: false)
            return true
        }
        if at("/*") {
            skipBlockComment()
            return true
        }
        if at("`") {
            index += 1
            skip(until: "`", consuming: true)
            return true
        }
        let hashes = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
        guard index + hashes < bytes.count, bytes[index + hashes] == UInt8(ascii: "\"") else { return false }
        index += hashes
        skipString(hashes: hashes)
        return true
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if at("/*") {
                depth += 1
                index += 2
            } else if at("*/") {
                depth -= 1
                index += 2
            } else {
                index += 1
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func skipString(hashes: Int) {
        let quote = at("\"\"\"") ? "\"\"\"" : "\""
        let end = quote + String(repeating: "#", count: hashes)
        index += quote.utf8.count
        while index < bytes.count {
            if at(end) {
                index += end.utf8.count
                return
            }
            if quote == "\"" && bytes[index] == UInt8(ascii: "\n") { return }
            index += hashes == 0 && bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index = min(index, bytes.count)
    }

    private mutating func skip(until end: String, consuming: Bool) {
        while index < bytes.count && !at(end) { index += 1 }
        if consuming { index = min(index + end.utf8.count, bytes.count) }
    }

    private func at(_ text: String) -> Bool {
        bytes[index] == text.utf8.first && bytes[index...].starts(with: text.utf8)
    }
}
