import DaprHTTP
import DaprText

/// What an operation's body may be; decided by the head, before the body is read.
package enum BodyRequirement: Sendable {
    /// No body at all.
    case none
    /// Nothing, or an empty JSON object: for actions that clients call with `POST` and `{}`.
    case empty
    /// JSON that must be there, of one of these types.
    case required([MediaType])
    /// An event from the sidecar, or many in a bulk delivery.
    case event(limitInBytes: Int)

    /// The longest task a client can mean is far below a mebibyte.
    static let mebibyte = 1 << 20

    /// The most bytes it may have.
    package var limitInBytes: Int {
        switch self {
        case .none: 0
        case .empty: 1024
        case .required: Self.mebibyte
        case .event(let limit): limit
        }
    }

    /// The types that a body may be sent as, empty when it is not looked at.
    var mediaTypes: [MediaType] {
        switch self {
        case .none: []
        case .event: [.cloudEvent, .json]
        case .empty: [.json]
        case .required(let types): types
        }
    }

    /// Refuses a head whose body could not be taken.
    func check(_ head: HTTPRequest) throws(WebFault) {
        if head.announcesBody, head.hasContentCoding { throw .unsupportedContentCoding }
        guard !mediaTypes.isEmpty, isMandatory || head.announcesBody else { return }
        guard let header = head.headers["Content-Type"] else {
            // A body that is missing is malformed JSON; one without a type is of no type we take.
            guard !head.announcesBody else { throw .unsupportedMediaType(accepted: mediaTypes) }
            return
        }
        // RFC 9110, 8.3: of several lines some readers take the first and some the last, so together they name no type.
        guard head.headers.values("Content-Type").count == 1, let type = MediaType(header: header),
            mediaTypes.contains(type) || type == .form && takesForms
        else {
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

    /// Whether what `curl -d` calls a form is looked at; a page can send that to anyone, so no delivery may be one.
    private var takesForms: Bool {
        switch self {
        case .none, .empty, .required: true
        case .event: false
        }
    }

    /// The types as the OpenAPI document lists them.
    var documentedTypes: [String] { mediaTypes.map(\.essence) }
}

extension HTTPRequest {
    /// Whether the body is packed in some way.
    fileprivate var hasContentCoding: Bool {
        headers.values("Content-Encoding").contains { line in
            line.splitBytes(separator: ",").contains {
                !$0.trimmingBlanks().lowercased().hasSameBytes(as: "identity")
            }
        }
    }

    /// Whether the head says that a body follows.
    var announcesBody: Bool {
        if headers["Transfer-Encoding"] != nil { return true }
        guard let length = headers["Content-Length"] else { return false }
        return length != "0"
    }
}
