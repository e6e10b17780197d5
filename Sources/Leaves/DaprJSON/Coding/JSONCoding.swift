/// Codable types from and to JSON.
///
/// Numbers are read as integers only when they are kept exactly: an integer beyond 2^53 is refused on both ways; send it as a string.
/// Dates and data have the form that their own conformance gives them, so wrap them in a type of your own.
public enum JSONCoding {
    /// Decodes a value from JSON text.
    ///
    /// - Parameters:
    ///   - type: the type to make.
    ///   - json: the text in UTF-8.
    ///   - limits: how long and how deep the text may be.
    /// - Returns: the value.
    /// - Throws: ``JSONError`` when the text is not JSON, `DecodingError` with the coding path when it is not this type.
    public static func decode<T: Decodable>(
        _ type: T.Type,
        from json: [UInt8],
        limits: JSONLimits = .standard
    ) throws -> T {
        try ValueDecoder(IndexedText(parsing: json, limits)).decodeSelf(type)
    }

    /// Decodes a value from a JSON value.
    ///
    /// - Parameters:
    ///   - type: the type to make.
    ///   - value: the JSON.
    /// - Returns: the value.
    /// - Throws: `DecodingError` with the coding path.
    public static func decode<T: Decodable>(_ type: T.Type, fromValue value: JSONValue) throws -> T {
        if let same = value as? T, T.self == JSONValue.self { return same }
        return try ValueDecoder(IndexedText(value)).decodeSelf(type)
    }

    /// Encodes a value as JSON text without white space, keys in the order of their UTF-8 bytes.
    ///
    /// - Parameter value: the value.
    /// - Returns: the text in UTF-8.
    /// - Throws: `EncodingError` with the coding path, for numbers that JSON cannot hold, and when the value encodes nothing.
    public static func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        let output = EncoderOutput()
        output.text.reserveCapacity(bytes: 512, members: 16)
        let encoder = ValueEncoder(output: output)
        try encoder.encodeSelf(value)
        guard encoder.end() else {
            throw EncodingError.invalidValue(
                value,
                .init(codingPath: [], debugDescription: "\(T.self) encodes nothing; JSON needs a value")
            )
        }
        return output.text.bytes
    }

    /// Encodes a value as a JSON value.
    ///
    /// - Parameter value: the value.
    /// - Returns: the same as JSON.
    /// - Throws: `EncodingError` with the coding path; ``JSONError`` when it is nested deeper than ``JSONLimits/maximumDepth``.
    public static func encodeValue<T: Encodable>(_ value: T) throws -> JSONValue {
        try JSONValue(parsing: try encode(value), limits: JSONLimits(depth: JSONLimits.maximumDepth, bytes: .max))
    }
}
