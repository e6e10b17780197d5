import DaprHTTP
import DaprJSON
import Tasks
import WebFront

extension HTTPRequest {
    /// The entity tags of the header `name`; `nil` when it was not sent.
    func entityTags(_ name: String) throws(WebFault) -> EntityTags? {
        let values = headers.values(name)
        guard !values.isEmpty else { return nil }
        guard let tags = EntityTags(values) else {
            throw .invalidHeader(name: name, expected: "a list of quoted entity tags, or *")
        }
        return tags
    }

    /// The idempotency key of this command; `nil` when none was sent.
    func idempotencyKey() throws(WebFault) -> String? {
        let values = headers.values("Idempotency-Key")
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .invalidHeader(name: "Idempotency-Key", expected: "one value of 1 to 255 visible ASCII characters")
        }
        return key
    }

    /// The time zone that the request is for; `nil` when none was sent.
    func timeZoneName() throws(WebFault) -> String? {
        let values = headers.values("Time-Zone")
        guard let name = values.first else { return nil }
        guard values.count == 1 else { throw .invalidHeader(name: "Time-Zone", expected: "one time zone") }
        return name
    }

    /// The body as a JSON object.
    func jsonObject() throws(WebFault) -> JSONObject {
        // `curl -d '{…}'` declares a form unless told otherwise, so a body that starts like an object is read as JSON.
        if let header = headers["Content-Type"], MediaType(header: header) == .form,
            body.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) != UInt8(ascii: "{")
        {
            throw .unsupportedMediaType(accepted: [.json])
        }
        guard let object = try jsonValue().objectValue else {
            throw .invalidFields([FieldFault("", .type, "The body must be a JSON object.")])
        }
        return object
    }

    /// The body as JSON.
    func jsonValue() throws(WebFault) -> JSONValue {
        do throws(JSONError) {
            // Of two members with one name some readers take the first, so nobody can know what was meant.
            var limits = JSONLimits.standard
            limits.refusesRepeatedNames = true
            return try JSONValue(parsing: body, limits: limits)
        } catch {
            throw .malformedJSON(error)
        }
    }

    /// Refuses a body with any fields: it must be empty or `{}`.
    func requireNoFields() throws(WebFault) {
        guard !body.isEmpty else { return }
        let faults = try jsonObject().keys.map { FieldFault($0, .unknownField, "This operation takes no fields.") }
        guard faults.isEmpty else { throw .invalidFields(faults) }
    }
}
