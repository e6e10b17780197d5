extension JSONValue: Codable {
    /// Decodes any value; from ``JSONCoding`` it comes as it is.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self = decoder.text.value(decoder.node)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            // Each `try?` asks whether the value is of this kind; the last kind throws.
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            let members = try container.decode([String: JSONValue].self)
            self = .object(JSONObject(members.lazy.map { (key: $0.key, value: $0.value) }))
        }
    }

    /// Encodes the value; through ``JSONCoding`` it goes as it is.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? ValueEncoder {
            encoder.set { $0.appendJSON(self) }
            return
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            if let integer = value.intValue {
                try container.encode(integer)
            } else {
                try container.encode(value.doubleValue)
            }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONObject: Codable {
    /// Decodes an object's members.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self = try decoder.object(decoder.node, at: nil)
            return
        }
        let container = try decoder.container(keyedBy: PathKey.self)
        var members: [(key: String, value: JSONValue)] = []
        for key in container.allKeys {
            members.append((key.stringValue, try container.decode(JSONValue.self, forKey: key)))
        }
        self.init(members)
    }

    /// Encodes the members under their names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: PathKey.self)
        for (key, value) in self { try container.encode(value, forKey: PathKey(stringValue: key)) }
    }
}
