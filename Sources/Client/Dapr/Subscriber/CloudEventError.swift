/// Why bytes are not a CloudEvent, or its data is not what was asked for.
public enum CloudEventError: Error, Sendable, Hashable {
    /// The bytes are not a JSON object.
    case notAnObject
    /// A required attribute is absent, empty or not a text.
    case missingAttribute(String)
    /// An optional attribute that the specification defines is not a text.
    case malformedAttribute(String)
    /// The event follows another version of the specification than 1.x.
    case unsupportedVersion
    /// `data_base64` is not base64.
    case malformedBase64
    /// The event has `data` and `data_base64`.
    case dataTwice
    /// Data was asked for, and the event has none as JSON.
    case noData
    /// The bytes are not a bulk delivery: an object with `entries`, each with an `entryId`.
    case notABulkDelivery
}

extension CloudEventError: CustomStringConvertible {
    /// What is wrong with the event; it names attributes, never their values.
    public var description: String {
        switch self {
        case .notAnObject: "a CloudEvent is a JSON object"
        case .missingAttribute(let name): "the attribute \(name) of a CloudEvent must be a text and not empty"
        case .malformedAttribute(let name): "the attribute \(name) of a CloudEvent must be a text"
        case .unsupportedVersion: "only CloudEvents of version 1.x can be read"
        case .malformedBase64: "data_base64 of a CloudEvent must be base64"
        case .dataTwice: "a CloudEvent must not have both data and data_base64"
        case .noData: "the CloudEvent has no JSON data"
        case .notABulkDelivery: "a bulk delivery is an object with entries, each with an entryId"
        }
    }
}
