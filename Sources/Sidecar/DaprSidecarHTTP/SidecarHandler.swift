package import DaprHTTP
package import DaprSidecar

/// Dapr's HTTP API in front of a sidecar.
package struct SidecarHandler: HTTPHandler {
    private let runtime: SidecarRuntime
    private let bodyLimit: Int
    private let onRefusal: (@Sendable (APIError) -> Void)?

    /// Creates the API.
    ///
    /// - Parameters:
    ///   - runtime: The sidecar that answers the calls.
    ///   - bodyLimit: `--max-body-size`, in bytes.
    ///   - onRefusal: Called for every call that is answered with an error of the API; must not block.
    package init(
        runtime: SidecarRuntime,
        bodyLimit: Int = 4 << 20,
        onRefusal: (@Sendable (APIError) -> Void)? = nil
    ) {
        self.runtime = runtime
        self.bodyLimit = bodyLimit
        self.onRefusal = onRefusal
    }

    package func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        // An application that answers TRACE as RFC 9110 says shows the caller every header of the request, with the
        // `dapr-api-token` that the sidecar added. QUERY is newer than daprd's list of methods.
        guard head.method != .trace, head.method != .query else { return .refuse(HeadFault.unknownMethod.response) }
        guard let path = EscapedPath(head.path) else {
            return .refuse(.text(.badRequest, "400 Bad Request: broken escape in the path"))
        }
        let call = APICall(head, path, runtime.apiAccess)
        let isHealth = call == .health || call == .outboundHealth
        let trace = isHealth ? TraceHeaders.none : TraceHeaders(head.headers, runtime)
        guard trace.isUsable else { return .refuse(.text(.badRequest, "malformed baggage header")) }
        guard isHealth || runtime.accepts(token: head.headers["dapr-api-token"]) else {
            return .refuse(trace.mark(.text(.unauthorized, "invalid api token")))
        }
        guard let call else { return .refuse(trace.mark(noRoute)) }
        return .collect(limit: bodyLimit) { request in
            do throws(APIError) {
                return trace.mark(try await respond(to: request, call, trace))
            } catch {
                return trace.mark(refusal(error))
            }
        }
    }

    package func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse {
        let kind: APIError.BodyKind? =
            switch EscapedPath(head.path).flatMap({ APICall(head, $0, runtime.apiAccess) }) {
            case .saveState, .bulkGetState, .transactState, .queryState, .scheduleJob: .state
            case .publish(let pubsub, let topic): .publish(pubsub: pubsub, topic: topic)
            case .publishBulk(let pubsub, let topic): .bulkPublish(pubsub: pubsub, topic: topic)
            default: nil
            }
        let trace = TraceHeaders(head.headers, runtime)
        // daprd cuts the connection of an invocation; an answer explains more.
        guard let kind else {
            let message = "the body is longer than the \(limit) bytes that --max-body-size allows"
            return trace.mark(refusal(APIError(status: 413, errorCode: "ERR_DIRECT_INVOKE", message: message)))
        }
        return trace.mark(refusal(.bodyTooLarge(kind, appID: runtime.configuration.appID)))
    }

    package func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse {
        let error = APIError(status: 500, errorCode: "ERR_INTERNAL", message: "context deadline exceeded")
        return TraceHeaders(head.headers, runtime).mark(refusal(error))
    }

    private func refusal(_ error: APIError) -> HTTPResponse {
        onRefusal?(error)
        return .refusal(error)
    }

    /// A request that is not a call falls through to invocation, if that is available.
    private var noRoute: HTTPResponse {
        runtime.apiAccess.allows("v1.0", "invoke") ? refusal(.noRoute) : .text(.notFound, "404 page not found")
    }

    private func respond(
        to request: HTTPRequest,
        _ call: APICall,
        _ trace: TraceHeaders
    ) async throws(APIError) -> HTTPResponse {
        let query = APIQuery(request)
        switch call {
        case .getState(let store, let key):
            return Self.answer(try await runtime.getState(store, key, metadata: query.metadata))
        case .saveState(let store):
            try await runtime.saveState(store, body: request.body, metadata: query.metadata)
            return .done
        case .deleteState(let store, let key):
            let options = DeleteOptions(
                ifMatch: request.headers["if-match"],
                concurrency: query["concurrency"],
                consistency: query["consistency"]
            )
            try await runtime.deleteState(store, key, options: options, metadata: query.metadata)
            return .done
        case .bulkGetState(let store):
            return .json(try await runtime.bulkGetState(store, body: request.body, metadata: query.metadata))
        case .transactState(let store):
            try await runtime.transactState(store, body: request.body, metadata: query.metadata)
            return .done
        case .queryState(let store):
            try runtime.queryState(store)
            return .done
        case .publish(let pubsub, let topic):
            try await runtime.publish(
                pubsub,
                topic,
                body: request.body,
                contentType: request.headers["content-type"],
                metadata: query.metadata,
                trace: trace.trace
            )
            return .done
        case .publishBulk(let pubsub, let topic):
            try await runtime.publishBulk(
                pubsub,
                topic,
                body: request.body,
                metadata: query.metadata,
                trace: trace.trace
            )
            return .done
        case .secret(let store, let name): return try await runtime.secret(store, name).map(HTTPResponse.json) ?? .done
        case .bulkSecrets(let store): return .json(try await runtime.bulkSecrets(store))
        case .scheduleJob(let name):
            try await runtime.scheduleJob(name, body: request.body)
            return .done
        case .getJob(let name): return .json(try runtime.job(name))
        case .deleteJob(let name):
            try await runtime.deleteJob(name)
            return .done
        case .metadata: return .json(runtime.metadataDocument())
        case .setMetadata(let key):
            runtime.setMetadata(key, String(decoding: request.body, as: UTF8.self))
            return .done
        case .health:
            try runtime.checkHealth(appID: query["appid"])
            return .done
        case .outboundHealth:
            try runtime.checkOutboundHealth()
            return .done
        case .shutdown:
            runtime.requestShutdown(isForced: request.headers["dapr-force-shutdown"] == "true")
            return .done
        case .invoke(let appID, let path):
            let answer = try await runtime.invoke(
                appID,
                Invocation.request(request, path: path, trace: trace.forwarded)
            )
            return Invocation.response(answer, to: request.method)
        case .invokeUnusable(let appID): throw .invocation(appID, reason: "the path holds a control character")
        case .notOffered(let block): throw .notOffered(block)
        }
    }

    private static func answer(_ state: StateAnswer?) -> HTTPResponse {
        guard let state else { return .done }
        var response = HTTPResponse.json(state.value)
        response.headers["ETag"] = state.etag
        for (name, value) in state.metadata.sorted(by: { $0.key < $1.key }) {
            response.headers["metadata.\(name)"] = value
        }
        return response
    }
}
