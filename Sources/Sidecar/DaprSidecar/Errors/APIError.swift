/// A refusal as a caller of the sidecar's API sees it.
///
/// On the wire: `{"errorCode":"ERR_STATE_SAVE","message":"failed saving state in state store s: …"}`, with `details`
/// for the building blocks that have them. The status and the `errorCode` are daprd's; a client may rely on them.
package struct APIError: Error, Equatable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// The stable code, such as `ERR_STATE_GET`.
    package var errorCode: String
    /// What failed, for a human reader.
    package var message: String
    /// The details of Google's error model; empty for the older codes.
    package var details: [ErrorDetail]
    /// The entries of a bulk publish that the broker refused.
    package var failedEntries: [FailedEntry]

    /// An entry of a bulk publish that the broker refused.
    package struct FailedEntry: Equatable, Sendable {
        /// The caller's identifier for the entry.
        package var entryID: String
        /// Why it failed.
        package var error: String

        package init(entryID: String, error: String) {
            self.entryID = entryID
            self.error = error
        }
    }

    package init(
        status: Int,
        errorCode: String,
        message: String,
        details: [ErrorDetail] = [],
        failedEntries: [FailedEntry] = []
    ) {
        self.status = status
        self.errorCode = errorCode
        self.message = message
        self.details = details
        self.failedEntries = failedEntries
    }
}

/// One detail of an ``APIError``, in the shapes of `google.rpc`.
package enum ErrorDetail: Equatable, Sendable {
    /// `google.rpc.BadRequest` with one violation.
    case badRequest(field: String?, description: String)
    /// `google.rpc.ResourceInfo`.
    case resource(type: String, name: String, description: String)
    /// `google.rpc.ErrorInfo`; `nil` metadata is written as `null`.
    case reason(String, metadata: [String: String]?)
    /// `google.rpc.Help` with one link.
    case help(url: String, description: String)
}
