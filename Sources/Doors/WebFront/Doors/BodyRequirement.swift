import DaprHTTP
import DaprText

/// The bodies that an operation allows; checked against the head, before the body is read.
package enum BodyRequirement: Sendable {
    /// No body at all.
    case none
    /// No body, or an empty JSON object: for actions that clients call with `POST` and `{}`.
    case empty
    /// A required JSON body of one of these types.
    case required([MediaType])
    /// An event from the sidecar, or several in a bulk delivery.
    case event(limitInBytes: Int)

    /// Far more than the longest task that a client can mean.
    package static let mebibyte = 1 << 20

    /// The most bytes in the body.
    package var limitInBytes: Int {
        switch self {
        case .none: 0
        case .empty: 1024
        case .required: Self.mebibyte
        case .event(let limit): limit
        }
    }

    /// The content types that the body may have; empty when the type is not checked.
    var mediaTypes: [MediaType] {
        switch self {
        case .none: []
        case .event: [.cloudEvent, .json]
        case .empty: [.json]
        case .required(let types): types
        }
    }

    /// Refuses a request whose body would not be accepted.
    func check(_ head: HTTPRequest) throws(WebFault) {
        if head.announcesBody, let coding = head.contentCoding { throw .unsupportedContentCoding(coding) }
        guard !mediaTypes.isEmpty, isMandatory || head.announcesBody else { return }
        guard let header = head.headers["Content-Type"] else {
            // A missing body is reported later, as malformed JSON. A body without a type has none of the accepted
            // types.
            guard !head.announcesBody else { throw .unsupportedMediaType(accepted: mediaTypes) }
            return
        }
        // RFC 9110 section 8.3: of several lines some readers take the first and some the last, so together they name
        // no type.
        guard head.headers.values("Content-Type").count == 1, let type = MediaType(header: header),
            mediaTypes.contains(type) || type == .form && takesForms
        else {
            throw .unsupportedMediaType(accepted: mediaTypes)
        }
    }

    /// Whether the operation needs a body.
    var isMandatory: Bool {
        switch self {
        case .none, .empty: false
        case .required, .event: true
        }
    }

    /// Whether a body that `curl -d` labels as a form is read; not in a delivery, because any web page can send a form
    /// to anyone.
    private var takesForms: Bool {
        switch self {
        case .none, .empty, .required: true
        case .event: false
        }
    }

    /// The content types as the OpenAPI document lists them.
    var documentedTypes: [String] { mediaTypes.map(\.essence) }
}

extension HTTPRequest {
    /// The first coding of the body that changes it, as the client wrote it; `nil` for a body that is sent as it is.
    fileprivate var contentCoding: String? {
        for line in headers.values("Content-Encoding") {
            for coding in line.splitBytes(separator: ",").map({ $0.trimmingBlanks() })
            where !coding.isEmpty && !coding.lowercased().hasSameBytes(as: "identity") {
                return String(coding)
            }
        }
        return nil
    }

    /// Whether a body follows the head.
    var announcesBody: Bool {
        if headers["Transfer-Encoding"] != nil { return true }
        guard let length = headers["Content-Length"] else { return false }
        return length != "0"
    }
}
