import DaprJSON
import DaprText

/// Reads the JSON object in a part of a token.
enum TokenObject {
    private static let limits = JSONLimits(depth: 16, bytes: TokenPolicy.maximumTokenBytes)

    /// The object; `nil` when the part is no base64url, no JSON object, or one in which a name stands twice at any depth.
    static func decode(_ part: ArraySlice<UInt8>) -> JSONObject? {
        guard let bytes = Base64.url.decoded(part) else { return nil }
        // Why the JSON is broken is of no use to who holds the token.
        guard let value = try? JSONValue(parsing: bytes, limits: limits), let object = value.objectValue else {
            return nil
        }
        return memberCount(inValidJSON: bytes) == memberCount(value) ? object : nil
    }

    /// How many members are written: the colons outside strings.
    private static func memberCount(inValidJSON bytes: [UInt8]) -> Int {
        var count = 0
        var isString = false
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isString, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isString.toggle()
            } else if !isString, byte == UInt8(ascii: ":") {
                count += 1
            }
        }
        return count
    }

    /// How many members were kept: of those with the same name only the last, so that fewer mean a name stood twice.
    private static func memberCount(_ value: JSONValue) -> Int {
        switch value {
        case .object(let object): object.reduce(object.count) { $0 + memberCount($1.value) }
        case .array(let items): items.reduce(0) { $0 + memberCount($1) }
        case .null, .bool, .number, .string: 0
        }
    }
}
