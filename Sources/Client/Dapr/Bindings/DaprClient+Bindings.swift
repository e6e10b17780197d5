public import DaprJSON
internal import DaprText

extension DaprClient {
    /// Invokes an operation of an output binding.
    ///
    /// On the wire: `{"operation":"create","data":"hello","metadata":{"fileName":"a.txt"}}`.
    ///
    /// See [Bindings API: invoking output bindings](https://docs.dapr.io/reference/api/bindings_api/#invoking-output-bindings).
    ///
    /// - Parameters:
    ///   - binding: the binding component.
    ///   - operation: what to do; the binding must support it.
    ///   - json: the data, the bytes of exactly one JSON value, put into the request as they are, or `nil` for none.
    ///   - metadata: what the operation needs beside the data, such as `fileName`.
    ///   - onlyReads: whether the operation changes nothing. Then a failure is never an unknown outcome, and a transport may send it
    ///     again over another connection.
    ///   - trace: the trace to continue.
    /// - Returns: the binding's answer.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notConfigured`` when there is no such binding, ``DaprError/Kind/refused`` when it does
    ///   not support the operation, ``DaprError/Kind/outcomeUnknown`` for every failure of one that may change something: bindings
    ///   answer each with the same code.
    public func invokeBinding(
        _ binding: BindingName,
        operation: BindingOperation,
        json: [UInt8]? = nil,
        metadata: [String: String] = [:],
        onlyReads: Bool = false,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> BindingAnswer {
        let call = invoking(binding, onlyReads: onlyReads)
        if binding.rawValue.isEmpty { throw call.invalidArgument("the name of the binding is empty") }
        var path = RequestPath("/v1.0/bindings")
        path.append(segment: binding.rawValue)
        return try await exchange(
            call,
            "POST",
            path,
            body: try bindingBody(operation, json, metadata, call),
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            if response.isSuccess { return BindingAnswer(data: response.body, metadata: bindingMetadata(response)) }
            if let kind = refusalBeforeInvoking(response, binding, operation) { throw call.refusal(response, as: kind) }
            throw call.refusal(response)
        }
    }

    /// Invokes an operation of an output binding with a JSON value: `invokeBinding("files", operation: .create, value: "hello")`.
    ///
    /// See [Bindings API: invoking output bindings](https://docs.dapr.io/reference/api/bindings_api/#invoking-output-bindings).
    ///
    /// - Parameters:
    ///   - binding: the binding component.
    ///   - operation: what to do; the binding must support it.
    ///   - value: the data.
    ///   - metadata: what the operation needs beside the data, such as `fileName`.
    ///   - onlyReads: whether the operation changes nothing.
    ///   - trace: the trace to continue.
    /// - Returns: the binding's answer.
    /// - Throws: ``DaprError``, as ``invokeBinding(_:operation:json:metadata:onlyReads:trace:)`` does.
    public func invokeBinding(
        _ binding: BindingName,
        operation: BindingOperation,
        value: JSONValue,
        metadata: [String: String] = [:],
        onlyReads: Bool = false,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> BindingAnswer {
        try await invokeBinding(
            binding,
            operation: operation,
            json: value.serialized(),
            metadata: metadata,
            onlyReads: onlyReads,
            trace: trace
        )
    }

    /// Invokes an operation of an output binding with a value that is encoded to JSON.
    ///
    /// See [Bindings API: invoking output bindings](https://docs.dapr.io/reference/api/bindings_api/#invoking-output-bindings).
    ///
    /// - Parameters:
    ///   - binding: the binding component.
    ///   - operation: what to do; the binding must support it.
    ///   - value: the data.
    ///   - metadata: what the operation needs beside the data, such as `fileName`.
    ///   - onlyReads: whether the operation changes nothing.
    ///   - trace: the trace to continue.
    /// - Returns: the binding's answer.
    /// - Throws: ``DaprError``, as ``invokeBinding(_:operation:json:metadata:onlyReads:trace:)`` does; ``DaprError/Kind/invalidArgument``
    ///   when the value cannot be JSON.
    public func invokeBinding(
        _ binding: BindingName,
        operation: BindingOperation,
        encoding value: some Encodable,
        metadata: [String: String] = [:],
        onlyReads: Bool = false,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> BindingAnswer {
        try await invokeBinding(
            binding,
            operation: operation,
            json: invoking(binding, onlyReads: onlyReads).encoded(value),
            metadata: metadata,
            onlyReads: onlyReads,
            trace: trace
        )
    }

    private func invoking(_ binding: BindingName, onlyReads: Bool) -> Operation {
        Operation("POST bindings/{name}", binding.rawValue, onlyReads ? .reads : .writes)
    }

    private func bindingBody(
        _ operation: BindingOperation,
        _ data: [UInt8]?,
        _ metadata: [String: String],
        _ call: Operation
    ) throws(DaprError) -> [UInt8] {
        if operation.rawValue.isEmpty { throw call.invalidArgument("the operation of the binding is empty") }
        if data?.isEmpty == true { throw call.invalidArgument("the data has no bytes; JSON null is 4") }
        var json = JSONWriter(capacity: 128 &+ (data?.count ?? 0))
        json.beginObject()
        json.key("operation")
        json.string(operation.rawValue)
        if let data {
            json.key("data")
            json.raw(data)
        }
        if !metadata.isEmpty {
            json.key("metadata")
            json.write(metadata)
        }
        json.endObject()
        return json.bytes
    }

    private func bindingMetadata(_ response: DaprResponse) -> [String: String] {
        let prefix = "metadata."
        var metadata: [String: String] = [:]
        for (name, value) in response.headers where name.hasBytePrefix(prefix) {
            metadata[String(name.droppingBytes(prefix.utf8.count))] = value
        }
        return metadata
    }

    /// The kind of a refusal that came before the binding was invoked; only its words tell, which begin with names we gave.
    private func refusalBeforeInvoking(
        _ response: DaprResponse,
        _ binding: BindingName,
        _ operation: BindingOperation
    ) -> DaprError.Kind? {
        let answer = ErrorAnswer(response)
        guard answer.code == "ERR_INVOKE_OUTPUT_BINDING", let message = answer.message else { return nil }
        let prefix = "error invoking output binding \(binding.rawValue): "
        if message == prefix + "couldn't find output binding \(binding.rawValue)" { return .notConfigured }
        let unsupported = "binding \(binding.rawValue) does not support operation \(operation.rawValue). "
        return message.hasBytePrefix(prefix + unsupported) ? .refused : nil
    }
}
