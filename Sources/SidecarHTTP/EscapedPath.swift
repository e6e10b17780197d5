import HTTPServer

/// A request's path as daprd sees it: cleaned while still escaped, its segments unescaped one by one later.
///
/// Empty segments and `.` go away, `..` takes the segment before it along, a `/` at the end does not count. An escaped `%2E%2E` is
/// none of these, so a key may be called `..`.
struct EscapedPath {
    /// The segments, still escaped.
    private(set) var segments: [Substring] = []

    /// Cleans a path; `nil` when an escape in it is broken.
    init?(_ path: String) {
        guard Self.hasWholeEscapes(path) else { return nil }
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
    }

    /// A segment as a parameter of the API: unescaped as a query is, so that `+` is a space; `nil` when it is no UTF-8.
    func parameter(_ index: Int) -> String? {
        PercentEncoding.decoded(segments[index].utf8, plusIsSpace: true)
    }

    /// The segments from an index on as one parameter.
    func rest(from index: Int) -> String? {
        PercentEncoding.decoded(segments[index...].joined(separator: "/").utf8, plusIsSpace: true)
    }

    /// The segments from an index on as a path for the application: unescaped, cleaned again and escaped where it must be.
    ///
    /// `%2F` becomes a `/`, as in daprd. `nil` when it holds `?`, `#` or a control character, or is no UTF-8.
    func target(from index: Int) -> String? {
        let escaped = segments[min(index, segments.count)...].joined(separator: "/")
        guard let path = PercentEncoding.decoded(escaped.utf8) else { return nil }
        guard path.unicodeScalars.allSatisfy({ $0.value > 0x1F && $0.value != 0x7F && $0 != "?" && $0 != "#" }) else {
            return nil
        }
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.map { Self.escaped(String($0)) }.joined(separator: "/")
    }

    private static func hasWholeEscapes(_ path: String) -> Bool {
        var bytes = path.utf8[...]
        while let mark = bytes.firstIndex(of: UInt8(ascii: "%")) {
            let digits = bytes[mark...].dropFirst().prefix(2)
            guard digits.count == 2, digits.allSatisfy(\.isHexadecimalDigit) else { return false }
            bytes = bytes[mark...].dropFirst(3)
        }
        return true
    }

    /// Escapes what RFC 3986 does not allow in a segment.
    private static func escaped(_ segment: String) -> String {
        let parts = segment.unicodeScalars.map { scalar in
            isAllowed(scalar) ? String(scalar) : PercentEncoding.encoded(String(scalar))
        }
        return parts.joined()
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";", "=",
            ":", "@":
            true
        default: false
        }
    }
}

extension UInt8 {
    /// 0 to 9 and A to F in either case.
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
