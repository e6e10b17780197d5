package import DaprHTTP
package import DaprJSON

/// The answer to a fault, as a client sees it: `{"error":{"code":"TASK_NOT_FOUND","message":"…","details":{…}}}`, or a
/// problem by [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) where the client prefers that.
package struct ErrorAnswer: Sendable {
    package let code: ErrorCode
    /// What failed and what to do, for people; never an internal detail.
    package let message: String
    /// What a program may want to know beside the code.
    package let details: JSONObject
    /// What is wrong with single fields or parameters; `nil` when the code is not about them.
    package let faults: [RequestFault]?
    let headers: [(name: String, value: String)]

    package var status: HTTPStatus { code.status }

    package init(
        _ code: ErrorCode,
        message: String,
        details: JSONObject = [:],
        faults: [RequestFault]? = nil,
        headers: [(name: String, value: String)] = []
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.faults = faults
        self.headers = headers
    }

    /// The same answer with further details, and perhaps another message.
    package func adding(_ more: JSONObject, message: String? = nil) -> ErrorAnswer {
        var details = details
        for (name, value) in more { details[name] = value }
        return ErrorAnswer(code, message: message ?? self.message, details: details, faults: faults, headers: headers)
    }

    /// The whole answer to a request, in the form that it prefers.
    func response(to request: HTTPRequest) -> HTTPResponse {
        let isProblem = AcceptedTypes(request.headers.values("Accept")).prefer(.problem, over: .json)
        var response = HTTPResponse(status, body: (isProblem ? problem : body).serialized())
        response.headers.add("Content-Type", (isProblem ? MediaType.problem : .json).essence)
        for header in headers { response.headers.add(header.name, header.value) }
        return response
    }

    /// The body in the service's own form.
    package var body: JSONValue {
        var details = details
        if let faults { details["fields"] = .array(faults.map(\.json)) }
        return ["error": ["code": .string(code.name), "message": .string(message), "details": .object(details)]]
    }

    /// The body as a problem: `{"type":"/docs#error-…","title":"…","status":422,"detail":"…","code":"…","errors":[…]}`.
    package var problem: JSONValue {
        var problem: JSONObject = [
            "type": .string(code.address), "title": .string(code.meaning), "status": .integer(status.code),
            "detail": .string(message), "code": .string(code.name),
        ]
        if !details.isEmpty { problem["details"] = .object(details) }
        if let faults { problem["errors"] = .array(faults.map(\.problem)) }
        return .object(problem)
    }
}

extension ErrorAnswer {
    /// The answer to a failure that the client can do nothing about; the log has the details.
    package static let internalError = ErrorAnswer(
        .internalError,
        message: "Something is wrong on the server's side; name the X-Correlation-ID when you ask about it."
    )
}
