import HTTPServer
import Sidecar

/// Service invocation over HTTP: which application a call is for, and how a call and its answer pass through.
///
/// The runtime takes out what holds for one connection only.
enum Invocation {
    /// The application that the `dapr-app-id` header, or a URL such as `http://dapr-app-id:orders@127.0.0.1:3500/`, names.
    static func appID(of headers: HTTPHeaders) -> String? {
        if let appID = headers["dapr-app-id"], !appID.isEmpty { return appID }
        guard let authorization = headers["authorization"], authorization.lowercased().hasPrefix("basic "),
            let bytes = Base64.decoded(authorization.dropFirst("basic ".count)),
            let credentials = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let parts = credentials.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0] == "dapr-app-id" else { return nil }
        return String(parts[1])
    }

    /// The caller's request as the application gets it.
    static func request(_ request: HTTPRequest, path: String, trace: CallTrace) -> AppRequest {
        let own = ["traceparent", "tracestate"]
        var headers = request.headers.filter { !own.contains($0.name.lowercased()) }
        for (name, value) in zip(own, [trace.traceparent, trace.tracestate]) {
            if let value { headers.append((name, value)) }
        }
        return AppRequest(
            method: request.method.rawValue,
            target: request.query.map { "\(path)?\($0)" } ?? path,
            headers: headers,
            body: request.body
        )
    }

    /// The application's answer as the caller gets it.
    static func response(_ answer: AppResponse) -> HTTPResponse {
        var headers = HTTPHeaders()
        // The server that answers dates its answers itself.
        for (name, value) in answer.headers where name.lowercased() != "date" { headers.add(name, value) }
        // daprd names a type for any answer that can have a body.
        if headers["content-type"] == nil, answer.status != 204, answer.status != 304 {
            headers["Content-Type"] = "application/json"
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
        return HTTPResponse(HTTPStatus(answer.status), headers: headers, body: answer.body)
    }
}

/// Base 64 of RFC 4648, as far as a header needs it.
private enum Base64 {
    /// The bytes; `nil` when the text is no base 64.
    static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        var digits = text.utf8
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            buffer = buffer << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return digits.count % 4 == 1 ? nil : bytes
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
