internal import DaprJSON
import DaprText

/// One entry of a bulk publish.
///
///     {"entryId":"1","event":{"a":1},"contentType":"application/json","metadata":{"partitionKey":"p1"}}
struct BulkPublishEntry {
    /// Why an entry cannot be published.
    enum Fault: Error, Equatable {
        /// It has no identifier, or has the identifier of another entry.
        case identifier
        /// Its event does not match its content type.
        case mismatch
    }

    var id: String
    var event: JSONValue
    var contentType: String
    /// `nil` when the entry has none: the metadata of the call does not apply to it either.
    var metadata: [ExactText: String]?

    init(_ json: JSONValue) throws(RequestFault) {
        guard let object = json.isNull ? [:] : json.objectValue else {
            throw RequestFault(message: "an entry must be an object")
        }
        id = try object.string("entryId") ?? ""
        event = object.member("event") ?? .null
        contentType = try object.string("contentType") ?? ""
        metadata = try object.texts("metadata")
    }

    /// The bytes that the event represents.
    func bytes() throws(Fault) -> [UInt8] {
        switch EventContent(contentType) {
        case .json, .cloudEvent: return event.serialized(escapingHTML: true)
        case .binary:
            guard let text = event.stringValue, let bytes = Base64.go.decoded(text) else { throw .mismatch }
            return bytes
        case .text:
            let type = EventContent.mediaType(contentType)
            guard type.hasBytePrefix("text/") || type == "application/xml", let text = event.stringValue else {
                throw .mismatch
            }
            return Array(text.utf8)
        }
    }
}
