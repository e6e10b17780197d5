import DaprHTTP
import DaprSidecar
import DaprText

/// Service invocation over HTTP: finds the application of a call, and converts the request and its answer.
///
/// The runtime removes the headers of a single connection.
enum Invocation {
    /// The application named by the `dapr-app-id` header or by a URL such as
    /// `http://dapr-app-id:orders@127.0.0.1:3500/`.
    static func appID(of headers: HTTPHeaders) -> String? {
        if let appID = headers["dapr-app-id"], !appID.isEmpty { return appID }
        guard let authorization = headers["authorization"]?.utf8,
            authorization.prefix(6).map({ $0 | 0x20 }).elementsEqual("basic ".utf8),
            let bytes = Base64.header.decoded(Array(authorization.dropFirst(6))[...])
        else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: ":"), maxSplits: 1)
        guard parts.count == 2, parts[0].elementsEqual("dapr-app-id".utf8) else { return nil }
        return String(validating: parts[1], as: UTF8.self)
    }

    /// The caller's request as the application receives it.
    static func request(_ request: HTTPRequest, path: String, trace: CallTrace) -> AppRequest {
        let own = ["traceparent", "tracestate", "baggage"]
        var headers = request.headers.filter { !own.contains($0.name.lowercased()) }
        // Of several baggage headers daprd forwards the first.
        for (name, value) in zip(own, [trace.traceparent, trace.tracestate, request.headers["baggage"]]) {
            if let value { headers.append((name, value)) }
        }
        let query = request.query.flatMap { $0.isEmpty ? nil : $0 }
        return AppRequest(
            method: request.method.rawValue,
            target: query.map { "\(path)?\($0)" } ?? path,
            headers: headers,
            body: request.body
        )
    }

    /// The application's answer as the caller receives it; one to `HEAD` has no length, because nobody has read the
    /// body.
    static func response(_ answer: AppResponse, to method: HTTPMethod) -> HTTPResponse {
        var headers = HTTPHeaders()
        // The answering server adds its own date.
        for (name, value) in answer.headers where name.lowercased() != "date" { headers.add(name, value) }
        // daprd treats a refusal without a type as one of the API; for any other answer Go's server inspects the body.
        if headers["content-type"] == nil {
            if answer.status >= 400 {
                headers["Content-Type"] = "application/json"
            } else if headers["content-encoding"] == nil {
                headers["Content-Type"] = SniffedType.of(answer.body)
            }
        }
        guard (200...599).contains(answer.status) else {
            return .refusal(
                APIError(
                    status: 500,
                    errorCode: "ERR_DIRECT_INVOKE",
                    message: "the app answered with status \(answer.status)"
                )
            )
        }
        let status = HTTPStatus(answer.status)
        if method == .head { return .toHead(status, headers: headers, length: nil) }
        return HTTPResponse(status, headers: headers, body: answer.body)
    }
}
