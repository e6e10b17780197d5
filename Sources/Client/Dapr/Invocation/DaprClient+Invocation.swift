public import DaprJSON
internal import DaprText

extension DaprClient {
    /// Calls a method of another app through the sidecars; the app's answer comes back as it is, also one with an error status.
    ///
    /// ```swift
    /// let answer = try await dapr.invokeMethod("orders/17", of: "orders")
    /// guard answer.isSuccess else { … }
    /// ```
    ///
    /// See [Service invocation API](https://docs.dapr.io/reference/api/service_invocation_api/).
    ///
    /// - Parameters:
    ///   - path: the method: a path on the app, not percent-encoded, with or without a leading slash. A slash always separates: the sidecar
    ///     decodes an escaped one.
    ///   - app: the app to call, with `.namespace` behind its id when it runs in another one.
    ///   - httpMethod: the HTTP method in capitals.
    ///   - query: the query items, in order, not percent-encoded.
    ///   - headers: headers for the app, `content-type` among them.
    ///   - body: the body, or `nil` for none. Without a `content-type` among the headers it is sent as `application/octet-stream`.
    ///   - trace: the trace to continue.
    /// - Returns: the app's answer, whatever its status is.
    /// - Throws: ``DaprError`` when a sidecar failed to reach the app: ``DaprError/Kind/notFound`` when no such app is known,
    ///   ``DaprError/Kind/refused`` with status 403 when a policy denies the call. A call with a method other than `GET`, `HEAD`,
    ///   `OPTIONS` and `TRACE` can have an unknown outcome.
    public func invokeMethod(
        _ path: String,
        of app: AppID,
        httpMethod: String = "GET",
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        let type = "application/octet-stream"
        return try await invoke(path, app, httpMethod, query, headers, body, contentType: type, trace)
    }

    /// Calls a method of another app with a body that is JSON already.
    ///
    /// See [Service invocation API](https://docs.dapr.io/reference/api/service_invocation_api/).
    ///
    /// - Parameters:
    ///   - path: the method: a path on the app, not percent-encoded, with or without a leading slash.
    ///   - app: the app to call, with `.namespace` behind its id when it runs in another one.
    ///   - httpMethod: the HTTP method in capitals.
    ///   - query: the query items, in order, not percent-encoded.
    ///   - headers: headers for the app; a `content-type` among them stands for `application/json`.
    ///   - json: the body, the bytes of exactly one JSON value, sent as they are.
    ///   - trace: the trace to continue.
    /// - Returns: the app's answer, whatever its status is.
    /// - Throws: ``DaprError``, as ``invokeMethod(_:of:httpMethod:query:headers:body:trace:)`` does.
    public func invokeMethod(
        _ path: String,
        of app: AppID,
        httpMethod: String = "POST",
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        json: [UInt8],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        try await invoke(path, app, httpMethod, query, headers, json, contentType: "application/json", trace)
    }

    /// Calls a method of another app with a JSON value as its body: `invokeMethod("orders", of: "kitchen", value: ["drink": "tea"])`.
    ///
    /// See [Service invocation API](https://docs.dapr.io/reference/api/service_invocation_api/).
    ///
    /// - Parameters:
    ///   - path: the method: a path on the app, not percent-encoded, with or without a leading slash.
    ///   - app: the app to call, with `.namespace` behind its id when it runs in another one.
    ///   - httpMethod: the HTTP method in capitals.
    ///   - query: the query items, in order, not percent-encoded.
    ///   - headers: headers for the app; a `content-type` among them stands for `application/json`.
    ///   - value: the body.
    ///   - trace: the trace to continue.
    /// - Returns: the app's answer, whatever its status is.
    /// - Throws: ``DaprError``, as ``invokeMethod(_:of:httpMethod:query:headers:body:trace:)`` does.
    public func invokeMethod(
        _ path: String,
        of app: AppID,
        httpMethod: String = "POST",
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        value: JSONValue,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        let json = value.serialized()
        return try await invoke(path, app, httpMethod, query, headers, json, contentType: "application/json", trace)
    }

    /// Calls a method of another app with a value that is encoded to JSON as its body.
    ///
    /// See [Service invocation API](https://docs.dapr.io/reference/api/service_invocation_api/).
    ///
    /// - Parameters:
    ///   - path: the method: a path on the app, not percent-encoded, with or without a leading slash.
    ///   - app: the app to call, with `.namespace` behind its id when it runs in another one.
    ///   - httpMethod: the HTTP method in capitals.
    ///   - query: the query items, in order, not percent-encoded.
    ///   - headers: headers for the app; a `content-type` among them stands for `application/json`.
    ///   - value: the body.
    ///   - trace: the trace to continue.
    /// - Returns: the app's answer, whatever its status is.
    /// - Throws: ``DaprError``, as ``invokeMethod(_:of:httpMethod:query:headers:body:trace:)`` does; ``DaprError/Kind/invalidArgument`` when the value
    ///   cannot be JSON.
    public func invokeMethod(
        _ path: String,
        of app: AppID,
        httpMethod: String = "POST",
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        encoding value: some Encodable,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        let json = try invoking(app, httpMethod).encoded(value)
        return try await invoke(path, app, httpMethod, query, headers, json, contentType: "application/json", trace)
    }

    private func invoke(
        _ path: String,
        _ app: AppID,
        _ httpMethod: String,
        _ query: [(name: String, value: String)],
        _ headers: [(name: String, value: String)],
        _ body: [UInt8]?,
        contentType: String,
        _ trace: TraceContext?
    ) async throws(DaprError) -> DaprResponse {
        let operation = invoking(app, httpMethod)
        if !HeaderRules.isName(httpMethod) { throw operation.invalidArgument("the HTTP method is not a token") }
        var requestPath = try invocationPath(app, path, operation)
        for item in query { requestPath.append(query: item.name, item.value) }
        let namesType = headers.contains { $0.name.lowercased() == "content-type" }
        return try await exchange(
            operation,
            httpMethod,
            requestPath,
            headers: headers,
            body: body,
            contentType: body == nil || namesType ? nil : contentType,
            trace: trace
        ) { response throws(DaprError) in
            if let error = sidecarFailure(response, app, operation) { throw error }
            return response
        }
    }

    private func invoking(_ app: AppID, _ httpMethod: String) -> Operation {
        let isSafe = ["GET", "HEAD", "OPTIONS", "TRACE"].contains(httpMethod)
        let method = HeaderRules.isName(httpMethod) ? httpMethod : "?"
        return Operation("\(method) invoke/{app}/method/{path}", app.rawValue, isSafe ? .reads : .writes)
    }

    private func invocationPath(
        _ app: AppID,
        _ path: String,
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        if app.rawValue.isEmpty { throw operation.invalidArgument("the id of the app is empty") }
        // The sidecar decodes the path before it sends it on, and refuses these or takes them for another path.
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else {
            throw operation.invalidArgument(
                "the path has a control character, ? or #; a query is an argument of its own"
            )
        }
        let segments = path.splitBytes(separator: "/", omittingEmptySubsequences: false)
        if segments.contains(where: { $0 == "." || $0 == ".." }) {
            throw operation.invalidArgument("the path has a segment . or ..")
        }
        var requestPath = RequestPath("/v1.0/invoke")
        requestPath.append(segment: app.rawValue)
        requestPath.append(fixed: "method")
        requestPath.append(segments: path.hasBytePrefix("/") ? String(path.droppingBytes(1)) : path)
        return requestPath
    }

    /// Tells a sidecar's own failure, which has the code `ERR_DIRECT_INVOKE`, from an error that the app answered.
    private func sidecarFailure(_ response: DaprResponse, _ app: AppID, _ operation: Operation) -> DaprError? {
        switch response.status {
        case 403, 404, 500: break
        // The sidecar's answer to a wrong API token is plain text, an app's 401 is the app's own.
        case 401 where response.body.elementsEqual("invalid api token\n".utf8): return operation.refusal(response)
        default: return nil
        }
        let error = operation.refusal(response)
        guard error.errorCode == "ERR_DIRECT_INVOKE" else { return nil }
        if error.message?.hasByteSuffix("couldn't find service: \(app.rawValue)") == true {
            return DaprError(
                .notFound,
                operation: operation.name,
                component: app.rawValue,
                status: response.status,
                errorCode: error.errorCode,
                message: error.message
            )
        }
        return error
    }
}
