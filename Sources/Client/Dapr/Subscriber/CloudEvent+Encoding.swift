internal import DaprJSON
internal import DaprText

extension CloudEvent {
    /// Writes the event as JSON, its attributes sorted by name as Dapr sends them.
    ///
    /// An extension whose name is that of an attribute with a property of its own is left out.
    public func encoded() -> [UInt8] {
        encoded(data: data.map(Part.value))
    }

    /// Writes the event with these bytes as its data, in place of ``data`` and ``dataBase64``.
    ///
    /// - Parameter json: the data, the bytes of exactly one JSON value, written as they are.
    /// - Returns: the event as JSON.
    public func encoded(json: [UInt8]) -> [UInt8] {
        encoded(data: .raw(json))
    }

    private enum Part {
        case text(String)
        case value(JSONValue)
        case raw([UInt8])
    }

    private func encoded(data: Part?) -> [UInt8] {
        var parts: [(name: String, part: Part)] = extensions.compactMap { name, value in
            Self.definedNames.contains(name) ? nil : (name, .value(value))
        }
        let texts: [(name: String, text: String?)] = [
            ("id", id), ("source", source), ("type", type), ("specversion", specversion), ("subject", subject),
            ("time", time), ("datacontenttype", datacontenttype), ("dataschema", dataschema), ("topic", topic),
            ("pubsubname", pubsubname), ("traceparent", traceparent), ("tracestate", tracestate),
        ]
        for case (let name, let text?) in texts { parts.append((name, .text(text))) }
        if let data {
            parts.append(("data", data))
        } else if let dataBase64 {
            parts.append(("data_base64", .text(Base64.standard.encoded(dataBase64))))
        }
        parts.sort { $0.name < $1.name }

        var json = JSONWriter()
        json.beginObject()
        for (name, part) in parts {
            json.key(name)
            switch part {
            case .text(let text): json.string(text)
            case .value(let value): json.value(value)
            case .raw(let bytes): json.raw(bytes)
            }
        }
        json.endObject()
        return json.bytes
    }
}
