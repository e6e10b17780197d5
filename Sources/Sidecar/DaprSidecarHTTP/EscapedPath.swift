import DaprHTTP
import DaprText

/// A request's path as daprd sees it: cleaned while still escaped; segments are unescaped one by one later.
///
/// Empty segments and `.` are dropped, `..` removes the segment before it, and a trailing `/` does not count. An
/// escaped `%2E%2E` is none of these, so a key may be called `..`.
struct EscapedPath {
    /// The segments, still escaped.
    private(set) var segments: [Substring] = []
    /// Whether the path ends with `/`, which matters to applications only.
    private let endsWithSlash: Bool

    /// Cleans a path; `nil` when an escape in it is broken.
    init?(_ path: String) {
        guard Self.hasWholeEscapes(path.utf8) else { return nil }
        endsWithSlash = path.utf8.last == UInt8(ascii: "/")
        // Bytes are split, because a slash followed by a combining mark is not a Character of its own.
        for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual(".".utf8) { continue }
            if segment.elementsEqual("..".utf8) {
                _ = segments.popLast()
            } else {
                segments.append(Substring(segment))
            }
        }
    }

    /// A segment as a parameter of the API, unescaped like a query, so that `+` is a space; `nil` when it is not UTF-8.
    func parameter(_ index: Int) -> String? {
        PercentEncoding.decoded(segments[index].utf8, plusIsSpace: true)
    }

    /// The segments from `index` on as one parameter.
    func rest(from index: Int) -> String? {
        PercentEncoding.decoded(segments[index...].joined(separator: "/").utf8, plusIsSpace: true)
    }

    /// The segments from `index` on as a path for the application; `nil` when one contains a control character.
    ///
    /// Each segment is unescaped and then escaped again where RFC 3986 requires it, so that `%61` becomes `a` and `%2F`
    /// stays. A segment that unescapes to `.` or `..` counts as such, because the application would read it so.
    func target(from index: Int) -> String? {
        var parts: [[UInt8]] = []
        for segment in segments[min(index, segments.count)...] {
            guard let bytes = PercentEncoding.decodedBytes(segment.utf8),
                bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else { return nil }
            switch bytes {
            case [UInt8(ascii: ".")]: break
            case [UInt8(ascii: "."), UInt8(ascii: ".")]: _ = parts.popLast()
            default: parts.append(bytes)
            }
        }
        var target: [UInt8] = []
        for part in parts {
            target.append(UInt8(ascii: "/"))
            for byte in part { Self.escape(byte, into: &target) }
        }
        if target.isEmpty || endsWithSlash { target.append(UInt8(ascii: "/")) }
        return String(decoding: target, as: UTF8.self)
    }

    /// Whether two hexadecimal digits follow each `%`.
    static func hasWholeEscapes<Bytes: Collection>(_ text: Bytes) -> Bool where Bytes.Element == UInt8 {
        var bytes = text[...]
        while let mark = bytes.firstIndex(of: UInt8(ascii: "%")) {
            let digits = bytes[mark...].dropFirst().prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Hexadecimal.value(of: $0) != nil }) else { return false }
            bytes = bytes[mark...].dropFirst(3)
        }
        return true
    }

    private static func escape(_ byte: UInt8, into target: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            target.append(byte)
        case _ where "-._~!$&'()*+,;=:@".utf8.contains(byte): target.append(byte)
        default:
            PercentEncoding.escape(byte, into: &target)
        }
    }
}
