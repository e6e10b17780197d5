package import DaprHTTP

/// A code of refusals, which programs compare, and all that can be said of it without a request at hand.
package struct ErrorCode: Sendable {
    /// The code itself, in capitals: `TASK_NOT_FOUND`; it never changes.
    package let name: String
    /// The status of every answer with this code.
    package let status: HTTPStatus
    /// What it means: a sentence without a full stop, which also is the title of a problem (RFC 9457).
    package let meaning: String
    /// What a caller does about it, in Markdown.
    package let remedy: String

    /// Creates a code.
    ///
    /// - Parameters:
    ///   - name: The code itself, in capitals.
    ///   - status: The status of every answer with this code.
    ///   - meaning: What it means: a sentence without a full stop.
    ///   - remedy: What a caller does about it, in Markdown.
    package init(_ name: String, _ status: HTTPStatus, _ meaning: String, remedy: String) {
        self.name = name
        self.status = status
        self.meaning = meaning
        self.remedy = remedy
    }

    /// The address of the code's description, which identifies it in a problem; relative to the service.
    var address: String { "/docs#\(anchor)" }

    /// The code's name on a page of the documentation.
    package var anchor: String { "error-\(name)" }

    /// A failure that the client can do nothing about; the log has the details.
    package static let internalError = ErrorCode(
        "INTERNAL_ERROR",
        .internalServerError,
        "Something is wrong on the server's side",
        remedy: "Name the answer's `X-Correlation-ID` when you ask about it; the log has the details under it."
    )
}
