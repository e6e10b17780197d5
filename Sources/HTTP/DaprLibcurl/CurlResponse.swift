import DaprEventLoop
import DaprText

/// The answer to a request: any status counts as one.
package struct CurlResponse: Sendable {
    package let status: Int
    package let body: [UInt8]
    /// The head as received: the status line and the fields, each ending with CR LF.
    package let head: [UInt8]

    package init(status: Int, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.head = head
        self.body = body
    }

    /// The fields in the order received, with names in lower case and values as ``HeaderText`` decodes them; trailers
    /// are omitted.
    package var headers: [(name: String, value: String)] {
        lines.compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = line[..<colon].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
            return (String(decoding: name, as: UTF8.self), text(line[(colon + 1)...]))
        }
    }

    /// The first value of the field; the name must be in lower case.
    package func header(_ name: String) -> String? {
        let name = name.utf8
        for line in lines where line.count > name.count {
            let mark = line.startIndex + name.count
            guard line[mark] == UInt8(ascii: ":") else { continue }
            if zip(line, name).allSatisfy({ $0 == $1 || ($0 &- 0x41 < 26 && $0 | 0x20 == $1) }) {
                return text(line[(mark + 1)...])
            }
        }
        return nil
    }

    /// The lines after the status line.
    private var lines: some Sequence<ArraySlice<UInt8>> {
        head.split(separator: UInt8(ascii: "\n")).dropFirst()
    }

    private func text(_ value: ArraySlice<UInt8>) -> String {
        let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
        var value = value.drop(while: blank)
        while let last = value.last, blank(last) { value.removeLast() }
        return HeaderText.text(value)
    }
}
