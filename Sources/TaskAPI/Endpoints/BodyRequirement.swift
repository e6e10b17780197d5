import HTTPServer

/// What an operation's body may be; decided by the head, before the body is read.
enum BodyRequirement: Sendable {
    /// No body at all.
    case none
    /// Nothing, or an empty JSON object: for actions that clients call with `POST` and `{}`.
    case empty
    /// JSON that must be there, of one of these types.
    case required([MediaType])
    /// An event from the sidecar, of any type.
    case event

    /// The longest task a client can mean is far below a mebibyte.
    static let mebibyte = 1 << 20

    var limitInBytes: Int {
        switch self {
        case .none: 0
        case .empty: 1024
        case .required: Self.mebibyte
        // A CloudEvent wraps its data, so it gets room for an envelope.
        case .event: 4 * Self.mebibyte
        }
    }

    /// The types that a body may be sent as, empty when it is not looked at.
    var mediaTypes: [MediaType] {
        switch self {
        case .none, .event: []
        case .empty: [.json]
        case .required(let types): types
        }
    }

    /// Refuses a head whose body could not be taken.
    func check(_ head: HTTPRequest) throws(APIFault) {
        guard !mediaTypes.isEmpty, isMandatory || head.announcesBody else { return }
        guard let header = head.headers["Content-Type"] else {
            // A body that is missing is malformed JSON; one without a type is of no type we take.
            guard !head.announcesBody else { throw .unsupportedMediaType(accepted: mediaTypes) }
            return
        }
        guard let type = MediaType(header: header), mediaTypes.contains(type) || type == .form else {
            throw .unsupportedMediaType(accepted: mediaTypes)
        }
    }

    /// Whether the operation cannot do without a body.
    var isMandatory: Bool {
        switch self {
        case .none, .empty: false
        case .required, .event: true
        }
    }

    /// The types as the OpenAPI document lists them.
    var documentedTypes: [String] {
        switch self {
        case .event: ["application/cloudevents+json"]
        case .none, .empty, .required: mediaTypes.map(\.essence)
        }
    }
}

extension HTTPRequest {
    /// Whether the head says that a body follows.
    var announcesBody: Bool {
        if headers["Transfer-Encoding"] != nil { return true }
        guard let length = headers["Content-Length"] else { return false }
        return length != "0"
    }
}
