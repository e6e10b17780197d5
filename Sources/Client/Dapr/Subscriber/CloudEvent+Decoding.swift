internal import DaprJSON
internal import DaprText

extension CloudEvent {
    /// Reads an event from the body of a delivery.
    ///
    /// The four required attributes must be there. Optional ones may be absent, `null` or empty; attributes that are not known, of any
    /// kind, are kept as ``extensions``, so events of other producers than Dapr read as well.
    ///
    /// - Throws: ``CloudEventError``. Answer such an event with ``TopicEventAnswer/drop``: it stays unreadable when it comes again.
    public init(decoding body: [UInt8]) throws(CloudEventError) {
        // Where the text is broken does not matter: it is no event, and nobody can correct it.
        // Its length is limited by whoever took it in.
        guard let value = try? JSONValue(parsing: body, limits: JSONLimits(bytes: .max)) else { throw .notAnObject }
        try self.init(decoding: value)
    }

    /// Reads an event from a JSON object.
    init(decoding value: JSONValue) throws(CloudEventError) {
        guard let object = value.objectValue else { throw .notAnObject }
        self.init(
            id: try Self.required("id", object),
            source: try Self.required("source", object),
            type: try Self.required("type", object),
            subject: try Self.optional("subject", object),
            time: try Self.optional("time", object),
            datacontenttype: try Self.optional("datacontenttype", object)
        )
        specversion = try Self.required("specversion", object)
        guard specversion.hasBytePrefix("1.") else { throw .unsupportedVersion }
        dataschema = try Self.optional("dataschema", object)
        topic = try Self.optional("topic", object)
        pubsubname = try Self.optional("pubsubname", object)
        traceparent = try Self.optional("traceparent", object)
        tracestate = try Self.optional("tracestate", object)
        try readData(object)
        for (name, value) in object where !Self.definedNames.contains(name) { extensions[name] = value }
    }

    private mutating func readData(_ object: JSONObject) throws(CloudEventError) {
        let encoded = object["data_base64"].flatMap { $0.isNull ? nil : $0 }
        data = object["data"]
        guard let encoded else { return }
        if let data, !data.isNull { throw .dataTwice }
        data = nil
        guard let text = encoded.stringValue, let bytes = Base64.standard.decoded(text) else { throw .malformedBase64 }
        dataBase64 = bytes
    }

    private static func required(_ name: String, _ object: JSONObject) throws(CloudEventError) -> String {
        guard let text = object[name]?.stringValue, !text.isEmpty else { throw .missingAttribute(name) }
        return text
    }

    private static func optional(_ name: String, _ object: JSONObject) throws(CloudEventError) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .malformedAttribute(name) }
        return text.isEmpty ? nil : text
    }

    /// The attributes that have a property of their own.
    static let definedNames: Set<String> = [
        "id", "source", "type", "specversion", "subject", "time", "datacontenttype", "dataschema", "topic",
        "pubsubname",
        "traceparent", "tracestate", "data", "data_base64",
    ]
}
