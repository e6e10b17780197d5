import DaprHTTP
import DaprSidecar

/// One call of Dapr's HTTP API, recognised by its method and path.
enum APICall: Equatable, Sendable {
    case getState(store: String, key: String)
    case deleteState(store: String, key: String)
    case saveState(store: String)
    case bulkGetState(store: String)
    case transactState(store: String)
    case queryState(store: String)
    case publish(pubsub: String, topic: String)
    case publishBulk(pubsub: String, topic: String)
    case secret(store: String, name: String)
    case bulkSecrets(store: String)
    case scheduleJob(name: String)
    case getJob(name: String)
    case deleteJob(name: String)
    case metadata
    case setMetadata(key: String)
    case health
    case outboundHealth
    case shutdown
    /// The path is the application's, still escaped.
    case invoke(appID: String, path: String)
    /// An invocation whose path cannot be forwarded.
    case invokeUnusable(appID: String)
    case notOffered(MissingBlock)

    /// Finds the call of a request, or else the application that its headers name: any path of an application can be
    /// invoked.
    ///
    /// The headers take precedence over the path of an invocation, but not over the path of any other call.
    init?(_ head: HTTPRequest, _ path: EscapedPath, _ access: APIAccess = APIAccess()) {
        let segments = path.segments
        if segments.count >= 2, access.allows(String(segments[0]), String(segments[1])),
            let call = APICall(head.method, path)
        {
            switch call {
            case .invoke, .invokeUnusable:
                self = Invocation.appID(of: head.headers).map { Self.invoke($0, path, from: 0) } ?? call
            default: self = call
            }
            return
        }
        guard access.allows("v1.0", "invoke"), let appID = Invocation.appID(of: head.headers) else { return nil }
        self = Self.invoke(appID, path, from: 0)
    }

    /// Finds the call; `nil` when there is none, for which daprd answers 404.
    init?(_ method: HTTPMethod, _ path: EscapedPath) {
        let segments = path.segments
        guard segments.count >= 2 else { return nil }
        let isWrite = method == .post || method == .put
        let call: APICall?
        switch (segments[0], segments[1]) {
        case ("v1.0", "state"): call = Self.state(method, path)
        case ("v1.0-alpha1", "state") where isWrite && segments.count == 4 && segments[3] == "query":
            call = path.parameter(2).map { .queryState(store: $0) }
        case ("v1.0", "publish") where isWrite: call = Self.publish(path) ?? Self.publishBulk(path)
        case ("v1.0-alpha1", "publish") where isWrite: call = Self.publishBulk(path)
        case ("v1.0", "secrets") where method == .get && segments.count == 4:
            call = path.parameter(2).flatMap { store in
                if segments[3] == "bulk" { return .bulkSecrets(store: store) }
                return path.parameter(3).map { .secret(store: store, name: $0) }
            }
        case ("v1.0", "jobs"), ("v1.0-alpha1", "jobs"): call = Self.job(method, path)
        case ("v1.0", "metadata"):
            if method == .get, segments.count == 2 {
                call = .metadata
            } else if method == .put, segments.count == 3 {
                call = path.parameter(2).map { .setMetadata(key: $0) }
            } else {
                call = nil
            }
        case ("v1.0", "healthz") where method == .get && segments.count == 2: call = .health
        case ("v1.0", "healthz") where method == .get && segments.count == 3 && segments[2] == "outbound":
            call = .outboundHealth
        case ("v1.0", "shutdown") where method == .post && segments.count == 2: call = .shutdown
        case ("v1.0", "invoke") where segments.count >= 4 && segments[3] == "method": call = Self.invoke(path)
        default: call = MissingBlock(method, path).map { .notOffered($0) }
        }
        guard let call else { return nil }
        self = call
    }

    private static func state(_ method: HTTPMethod, _ path: EscapedPath) -> APICall? {
        guard let store = path.segments.count >= 3 ? path.parameter(2) : nil else { return nil }
        switch (method, path.segments.count) {
        case (.post, 3), (.put, 3): return .saveState(store: store)
        case (.post, 4), (.put, 4):
            switch path.segments[3] {
            case "bulk": return .bulkGetState(store: store)
            case "transaction": return .transactState(store: store)
            default: return nil
            }
        case (.get, 4): return path.parameter(3).map { .getState(store: store, key: $0) }
        case (.delete, 4): return path.parameter(3).map { .deleteState(store: store, key: $0) }
        default: return nil
        }
    }

    /// A publish; its topic is the rest of the path and may contain `/`.
    ///
    /// A bulk publish begins with the word `bulk` and is longer.
    private static func publish(_ path: EscapedPath) -> APICall? {
        guard path.segments.count >= 4, path.segments[2] != "bulk" || path.segments.count == 4 else { return nil }
        guard let pubsub = path.parameter(2), let topic = path.rest(from: 3) else { return nil }
        return .publish(pubsub: pubsub, topic: topic)
    }

    private static func publishBulk(_ path: EscapedPath) -> APICall? {
        guard path.segments.count >= 5, path.segments[2] == "bulk" else { return nil }
        guard let pubsub = path.parameter(3), let topic = path.rest(from: 4) else { return nil }
        return .publishBulk(pubsub: pubsub, topic: topic)
    }

    private static func job(_ method: HTTPMethod, _ path: EscapedPath) -> APICall? {
        guard path.segments.count == 3, let name = path.parameter(2) else { return nil }
        switch method {
        case .post: return .scheduleJob(name: name)
        case .get: return .getJob(name: name)
        case .delete: return .deleteJob(name: name)
        default: return nil
        }
    }

    private static func invoke(_ path: EscapedPath) -> APICall? {
        path.parameter(2).map { invoke($0, path, from: 4) }
    }

    private static func invoke(_ appID: String, _ path: EscapedPath, from index: Int) -> APICall {
        path.target(from: index).map { .invoke(appID: appID, path: $0) } ?? .invokeUnusable(appID: appID)
    }
}
