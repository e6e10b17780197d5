import DaprHTTP
import DaprJSON
import DaprSidecar

extension FaultSubject {
    /// The operation of a call, with its keys; `nil` when no rule applies to it.
    init?(_ request: HTTPRequest, _ faults: FaultInjector) {
        guard let path = EscapedPath(request.path),
            let call = APICall(request, path), let operation = FaultOperation(call), faults.concerns(operation)
        else { return nil }
        self.init(operation)
        switch call {
        case .getState(let store, let key), .deleteState(let store, let key):
            component = store
            keys = [key]
        case .saveState(let store):
            component = store
            keys = Self.body(request).arrayValue.map { $0.compactMap { $0["key"]?.stringValue } } ?? []
        case .bulkGetState(let store):
            component = store
            keys = Self.body(request)["keys"]?.arrayValue.map { $0.compactMap(\.stringValue) } ?? []
        case .transactState(let store):
            component = store
            keys = (Self.body(request)["operations"]?.arrayValue ?? []).compactMap {
                $0["request"]?["key"]?.stringValue
            }
        case .publish(let pubsub, let topic):
            component = pubsub
            self.topic = topic
            let id = APIQuery(request).metadata["cloudevent.id"] ?? Self.body(request)["id"]?.stringValue
            keys = id.map { [$0] } ?? []
        case .publishBulk(let pubsub, let topic):
            component = pubsub
            self.topic = topic
            keys = (Self.body(request).arrayValue ?? []).compactMap { entry in
                entry["event"]?["id"]?.stringValue ?? entry["entryId"]?.stringValue
            }
        case .secret(let store, let name):
            component = store
            keys = [name]
        case .bulkSecrets(let store): component = store
        case .scheduleJob(let name), .getJob(let name), .deleteJob(let name): keys = [name]
        case .invoke(let appID, let path):
            component = appID
            keys = [path]
        case .invokeUnusable(let appID): component = appID
        case .notOffered, .queryState, .metadata, .setMetadata, .health, .outboundHealth, .shutdown: break
        }
    }

    /// The body as JSON; `null` when it is not JSON, in which case the call itself will refuse it.
    private static func body(_ request: HTTPRequest) -> JSONValue { (try? JSONValue(parsing: request.body)) ?? .null }
}

extension FaultOperation {
    /// The operation of a call; `nil` for calls that have no faults: health, shutdown and unsupported ones.
    fileprivate init?(_ call: APICall) {
        switch call {
        case .getState: self = .stateGet
        case .bulkGetState: self = .stateBulkGet
        case .saveState: self = .stateSave
        case .deleteState: self = .stateDelete
        case .transactState: self = .stateTransact
        case .publish: self = .publish
        case .publishBulk: self = .publishBulk
        case .secret: self = .secretGet
        case .bulkSecrets: self = .secretBulk
        case .scheduleJob: self = .jobSchedule
        case .getJob: self = .jobGet
        case .deleteJob: self = .jobDelete
        case .invoke, .invokeUnusable: self = .invoke
        case .metadata, .setMetadata: self = .metadata
        case .notOffered, .queryState, .health, .outboundHealth, .shutdown: return nil
        }
    }
}
