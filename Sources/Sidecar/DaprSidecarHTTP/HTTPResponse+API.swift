import DaprHTTP
import DaprJSON
import DaprSidecar

extension HTTPResponse {
    /// 204, daprd's answer when there is no content.
    static let done = HTTPResponse(.noContent)

    /// 200 with a JSON document.
    static func json(_ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: bytes)
    }

    /// A refusal in plain text, in the words of Go's server for those that precede the API.
    static func text(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array("\(text)\n".utf8))
    }

    /// A refusal of the API.
    ///
    ///     {"errorCode":"ERR_STATE_GET","message":"…","details":[…]}
    ///     {"failedEntries":[{"entryId":"2","error":"…"}],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}
    static func refusal(_ error: APIError) -> HTTPResponse {
        HTTPResponse(HTTPStatus(error.status), headers: ["Content-Type": "application/json"], body: error.json)
    }
}

extension APIError {
    /// The error as JSON, for the body of an answer.
    var json: [UInt8] {
        var writer = JSONWriter(escapingHTML: true, capacity: 256)
        writer.beginObject()
        if !failedEntries.isEmpty {
            writer.key("failedEntries")
            writer.beginArray()
            for entry in failedEntries {
                writer.beginObject()
                writer.field("entryId", entry.entryID)
                writer.field("error", entry.error)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.field("errorCode", errorCode)
        if failedEntries.isEmpty { writer.field("message", message) }
        if !details.isEmpty {
            writer.key("details")
            writer.beginArray()
            for detail in details { detail.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }
}

extension ErrorDetail {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .badRequest(let field, let description):
            writer.field("@type", "type.googleapis.com/google.rpc.BadRequest")
            writer.key("field_violations")
            writer.beginArray()
            writer.beginObject()
            if let field { writer.field("field", field) }
            writer.field("description", description)
            writer.endObject()
            writer.endArray()
        case .resource(let type, let name, let description):
            writer.field("@type", "type.googleapis.com/google.rpc.ResourceInfo")
            writer.field("resource_type", type)
            writer.field("resource_name", name)
            writer.field("owner", "")
            writer.field("description", description)
        case .reason(let reason, let metadata):
            writer.field("@type", "type.googleapis.com/google.rpc.ErrorInfo")
            writer.field("reason", reason)
            writer.field("domain", "dapr.io")
            writer.key("metadata")
            if let metadata {
                writer.beginObject()
                for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { writer.field(name, value) }
                writer.endObject()
            } else {
                writer.null()
            }
        case .help(let url, let description):
            writer.field("@type", "type.googleapis.com/google.rpc.Help")
            writer.key("links")
            writer.beginArray()
            writer.beginObject()
            writer.field("url", url)
            writer.field("description", description)
            writer.endObject()
            writer.endArray()
        }
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, _ value: String) {
        key(name)
        string(value)
    }
}
