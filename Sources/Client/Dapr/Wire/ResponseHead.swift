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
        var found: String?
        search(for: name.utf8.first ?? 0, or: 0) { line, head in
            guard let value = Self.value(of: name, in: head, line) else { return true }
            found = text(value)
            return false
        }
        return found
    }

    /// The first values of two headers, in one pass over the head; their names are in lower case and begin differently.
    func values(_ first: String, _ second: String) -> (first: String?, second: String?) {
        var found: (first: String?, second: String?)
        search(for: first.utf8.first ?? 0, or: second.utf8.first ?? 0) { line, head in
            if found.first == nil, let value = Self.value(of: first, in: head, line) {
                found.first = text(value)
            } else if found.second == nil, let value = Self.value(of: second, in: head, line) {
                found.second = text(value)
            }
            return found.first == nil || found.second == nil
        }
        return found
    }

    /// Gives the lines behind the status line that begin with one of two small letters, in either case, until told to stop.
    private func search(for first: UInt8, or second: UInt8, _ use: (Range<Int>, Span<UInt8>) -> Bool) {
        let head = bytes.span
        let feed = UInt8(ascii: "\n")
        var line = 0
        var isStatusLine = true
        while line < head.count {
            var end = line
            while end < head.count, head[end] != feed { end += 1 }
            let letter = head[line] | 0x20
            if !isStatusLine, letter == first || letter == second, !use(line..<end, head) { return }
            isStatusLine = false
            line = end + 1
        }
    }

    /// Where the value of the header stands, when the line is that header's.
    private static func value(of name: String, in head: Span<UInt8>, _ line: Range<Int>) -> Range<Int>? {
        let wanted = name.utf8Span.span
        guard line.count > wanted.count, head[line.lowerBound + wanted.count] == UInt8(ascii: ":") else { return nil }
        for index in 0..<wanted.count where lowercased(head[line.lowerBound + index]) != wanted[index] { return nil }
        return (line.lowerBound + wanted.count + 1)..<line.upperBound
    }

    /// Every header in its order, with the names in lower case; lines without a colon are left out.
    var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        eachLine { line in
            if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = line[..<colon].map(Self.lowercased)
                headers.append((String(decoding: name, as: UTF8.self), text((colon + 1)..<line.endIndex)))
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

    /// A value without the blanks around it; bytes that are no UTF-8 become replacement characters.
    private func text(_ value: Range<Int>) -> String {
        let head = bytes.span
        var (begin, end) = (value.lowerBound, value.upperBound)
        while begin < end, Self.isBlank(head[begin]) { begin += 1 }
        while end > begin, Self.isBlank(head[end - 1]) { end -= 1 }
        guard let utf8 = try? UTF8Span(validating: head.extracting(begin..<end)) else {
            return String(decoding: bytes[begin..<end], as: UTF8.self)
        }
        return String(copying: utf8)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
