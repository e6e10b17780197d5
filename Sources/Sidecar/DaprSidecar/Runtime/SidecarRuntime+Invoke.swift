import DaprText
import Synchronization

/// Service invocation of the sidecar's own application.
extension SidecarRuntime {
    /// Calls an application; `appID` may be `app.namespace`.
    ///
    /// Only the sidecar's own application is found.
    ///
    /// `request.target` is the path after `/method` (or the plain path with `dapr-app-id`), with its query. The answer
    /// is passed through, even one with 4xx or 5xx.
    package func invoke(_ appID: String, _ request: AppRequest) async throws(APIError) -> AppResponse {
        let own = configuration.appID
        guard [own, "\(own).\(configuration.namespace ?? "default")"].contains(bytesOf: appID) else {
            throw .invocation(appID, reason: "couldn't find service: \(appID)")
        }
        guard let channel = appChannel, configuration.appPort != nil else {
            throw .invocation(appID, reason: "app channel not initialized")
        }
        let (isHealthy, catalog) = state.withLock { ($0.isAppHealthy, $0.catalog) }
        // With health checks the application counts as unhealthy until its first successful check.
        if !(isHealthy ?? (configuration.appHealthCheck == nil)) {
            throw .invocation(appID, reason: "app is not in a healthy state")
        }
        var forwarded = request
        let appToken = configuration.appAPIToken.flatMap { $0.isEmpty ? nil : $0 }
        // The caller's token is removed only when the sidecar or the application has one configured.
        let takesToken = appToken != nil || !(configuration.apiToken ?? "").isEmpty
        forwarded.headers = EndToEnd.headers(request.headers, without: takesToken ? ["dapr-api-token"] : [])
        if let appToken { forwarded.headers.append(("dapr-api-token", appToken)) }
        let path = request.target.utf8.drop { $0 == UInt8(ascii: "/") }.prefix { $0 != UInt8(ascii: "?") }
        let method = String(decoding: path, as: UTF8.self)
        let policy = catalog?.app(own, method: "\(own):\(method)") ?? ResiliencyPolicy()
        forwarded.timeout = policy.timeout ?? request.timeout
        let runner = PolicyRunner(
            policy: policy,
            surroundings: surroundings,
            meter: meter,
            isStopping: { self.isStopping }
        )
        let errors = PolicyRunner.Errors<InvocationFailure>(
            canRetry: { $0.canRetry(policy.retry) },
            refused: { .refused($0) },
            isTimeout: { $0 == .channel(.timedOut) }
        )
        do throws(InvocationFailure) {
            return try await runner.retry(errors) { () async throws(InvocationFailure) in
                try await attempt(forwarded, channel, hasPolicy: !policy.isEmpty)
            }
        } catch {
            switch error {
            case .answered(let kept): return kept.response
            case .channel(let reason): throw .invocation(appID, reason: "\(reason)")
            case .refused(let refusal): throw .invocation(appID, reason: "\(refusal)")
            }
        }
    }

    private func attempt(
        _ request: AppRequest,
        _ channel: any AppChannel,
        hasPolicy: Bool
    ) async throws(InvocationFailure) -> AppResponse {
        var response: AppResponse
        do throws(AppChannelError) {
            response = try await channel.send(request)
        } catch {
            throw .channel(error)
        }
        response.headers = EndToEnd.headers(response.headers)
        // For a policy every status outside 200-399 is a failure; the last answer is returned all the same.
        if hasPolicy, !(200..<400 ~= response.status) { throw .answered(InvocationFailure.Kept(response: response)) }
        return response
    }
}

/// The failure of an attempt, which may be retried.
private enum InvocationFailure: Error, Equatable {
    /// An answer that is kept in case it is the last one.
    struct Kept: Equatable {
        let response: AppResponse

        static func == (left: Kept, right: Kept) -> Bool { left.response.status == right.response.status }
    }

    case answered(Kept)
    case channel(AppChannelError)
    case refused(BreakerRefusal)

    func canRetry(_ policy: RetryPolicy?) -> Bool {
        switch self {
        case .answered(let kept): policy?.statuses?.contains { $0.contains(kept.response.status) } ?? true
        case .channel(let error): error != .cancelled
        case .refused: false
        }
    }
}

/// Selects end-to-end headers, without those of one connection.
private enum EndToEnd {
    private static let hopByHop = [
        "connection", "content-length", "dapr-app-id", "expect", "host", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    static func headers(
        _ headers: [(name: String, value: String)],
        without more: [String] = []
    ) -> [(name: String, value: String)] {
        var named = hopByHop + more
        for header in headers where isSame(header.name.utf8, "connection") {
            for part in header.value.utf8.split(separator: UInt8(ascii: ",")) {
                named.append(String(decoding: part.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self))
            }
        }
        return headers.filter { header in !named.contains { isSame(header.name.utf8, $0) } }
    }

    /// Whether two field names are equal: ASCII letters ignore case, and all other bytes must be the same.
    private static func isSame(_ name: String.UTF8View, _ other: String) -> Bool {
        name.count == other.utf8.count
            && zip(name, other.utf8).allSatisfy { left, right in
                left == right
                    || (left | 0x20 == right | 0x20 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(left | 0x20))
            }
    }
}
