/// The head of an answer as bytes: the status line, then a line for each header.
///
/// A call looks at two or three headers of an answer, so the others are never made into strings.
struct ResponseHead: Sendable {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The first value of a header; the name is given in lower case.
    func value(_ name: String) -> String? {
        let head = bytes.span
        let wanted = name.utf8Span.span
        let feed = UInt8(ascii: "\n")
        var line = 0
        var isStatusLine = true
        while line < head.count {
            var end = line
            while end < head.count, head[end] != feed { end += 1 }
            if !isStatusLine, end - line > wanted.count, head[line + wanted.count] == UInt8(ascii: ":") {
                var index = 0
                while index < wanted.count, Self.lowercased(head[line + index]) == wanted[index] { index += 1 }
                if index == wanted.count { return Self.text(bytes[(line + index + 1)..<end]) }
            }
            isStatusLine = false
            line = end + 1
        }
        return nil
    }

    /// Every header in its order, with the names in lower case; lines without a colon are left out.
    var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        eachLine { line in
            if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = line[..<colon].map(Self.lowercased)
                headers.append((String(decoding: name, as: UTF8.self), Self.text(line[(colon + 1)...])))
            }
            return true
        }
        return headers
    }

    /// Gives each line behind the status line to the closure until it returns false.
    private func eachLine(_ use: (ArraySlice<UInt8>) -> Bool) {
        let feed = UInt8(ascii: "\n")
        var rest = bytes.drop { $0 != feed }.dropFirst()
        while !rest.isEmpty {
            let end = rest.firstIndex(of: feed) ?? rest.endIndex
            guard use(rest[..<end]) else { return }
            rest = rest[end...].dropFirst()
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String {
        var value = value.drop(while: isBlank)
        while let last = value.last, isBlank(last) { value.removeLast() }
        return String(decoding: value, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
