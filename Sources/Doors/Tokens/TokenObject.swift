import DaprJSON
import DaprText

/// Reads the JSON object in a part of a token.
enum TokenObject {
    private static let limits = JSONLimits(depth: 16, bytes: TokenPolicy.maximumTokenBytes)

    /// The object; `nil` when the part is not base64url or not a JSON object, or when a name occurs twice in an object
    /// at any depth.
    static func decode(_ part: ArraySlice<UInt8>) -> JSONObject? {
        guard let bytes = Base64.url.decoded(part) else { return nil }
        // The details of broken JSON are of no use to the holder of the token.
        guard let value = try? JSONValue(parsing: bytes, limits: limits), let object = value.objectValue else {
            return nil
        }
        return memberCount(inValidJSON: bytes) == memberCount(value) ? object : nil
    }

    /// The number of members as written: the colons outside strings.
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

    /// The number of members as parsed.
    ///
    /// Of members with the same name only the last is kept, so a smaller number means a duplicate.
    private static func memberCount(_ value: JSONValue) -> Int {
        switch value {
        case .object(let object): object.reduce(object.count) { $0 + memberCount($1.value) }
        case .array(let items): items.reduce(0) { $0 + memberCount($1) }
        case .null, .bool, .number, .string: 0
        }
    }
}
