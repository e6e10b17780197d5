package import DaprHTTP
package import DaprJSON

/// The answer to a fault, as a client sees it: `{"error":{"code":"TASK_NOT_FOUND","message":"…","details":{…}}}`.
package struct ErrorAnswer: Sendable {
    package let status: HTTPStatus
    /// Stable and in capitals; programs compare it.
    package let code: String
    /// What failed and what to do, for people; never an internal detail.
    package let message: String
    package let details: JSONObject
    let headers: [(name: String, value: String)]

    package init(
        status: HTTPStatus,
        code: String,
        message: String,
        details: JSONObject = [:],
        headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers
    }

    var response: HTTPResponse {
        var response = HTTPResponse(status, body: body)
        response.headers.add("Content-Type", "application/json")
        for header in headers { response.headers.add(header.name, header.value) }
        return response
    }

    private var body: [UInt8] {
        let error: JSONObject = ["code": .string(code), "message": .string(message), "details": .object(details)]
        return JSONValue.object(["error": .object(error)]).serialized()
    }
}

extension WebFault {
    /// The whole answer to the fault.
    var response: HTTPResponse { answer.response }
}

extension ErrorAnswer {
    /// The answer to a failure that the client can do nothing about; the log has the details.
    package static let internalError = ErrorAnswer(
        status: .internalServerError,
        code: "INTERNAL_ERROR",
        message: "Something is wrong on the server's side; name the X-Correlation-ID when you ask about it."
    )
}
