import HTTPServer
import JSON

/// What a client sees of a fault: `{"error":{"code":"TASK_NOT_FOUND","message":"…","details":{…}}}`.
struct ErrorAnswer: Sendable {
    let status: HTTPStatus
    /// Stable, in capitals; what programs compare.
    let code: String
    /// What failed and what to do, for people; never an inner detail.
    let message: String
    var details: JSONObject = [:]
    var headers: [(name: String, value: String)] = []

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

extension APIFault {
    /// The whole answer to the fault.
    var response: HTTPResponse { answer.response }
}
