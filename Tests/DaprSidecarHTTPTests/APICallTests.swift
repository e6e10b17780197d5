import DaprHTTP
import Testing

@testable import DaprSidecarHTTP

struct APICallTests {
    private func call(_ method: String, _ path: String) throws -> APICall? {
        APICall(HTTPMethod(rawValue: method), try #require(EscapedPath(path)))
    }

    @Test(arguments: [
        ("GET", "/v1.0/state/s/k", APICall.getState(store: "s", key: "k")),
        ("GET", "/v1.0/state/s/a%2Fb", .getState(store: "s", key: "a/b")),
        ("GET", "/v1.0/state/s/bulk", .getState(store: "s", key: "bulk")),
        ("DELETE", "/v1.0/state/s/k", .deleteState(store: "s", key: "k")),
        ("POST", "/v1.0/state/s", .saveState(store: "s")),
        ("PUT", "/v1.0/state/s/", .saveState(store: "s")),
        ("POST", "/v1.0/state/s/bulk", .bulkGetState(store: "s")),
        ("PUT", "/v1.0/state/s/transaction", .transactState(store: "s")),
        ("POST", "/v1.0-alpha1/state/s/query", .queryState(store: "s")),
        ("POST", "/v1.0/publish/p/t", .publish(pubsub: "p", topic: "t")),
        ("PUT", "/v1.0/publish/p/a/b", .publish(pubsub: "p", topic: "a/b")),
        ("POST", "/v1.0/publish/bulk/p", .publish(pubsub: "bulk", topic: "p")),
        ("POST", "/v1.0/publish/bulk/p/t", .publishBulk(pubsub: "p", topic: "t")),
        ("POST", "/v1.0/publish/bulk/p/a/b", .publishBulk(pubsub: "p", topic: "a/b")),
        ("PUT", "/v1.0-alpha1/publish/bulk/p/t", .publishBulk(pubsub: "p", topic: "t")),
        ("GET", "/v1.0/secrets/s/n", .secret(store: "s", name: "n")),
        ("GET", "/v1.0/secrets/s/bulk", .bulkSecrets(store: "s")),
        ("GET", "/v1.0/metadata", .metadata),
        ("PUT", "/v1.0/metadata/k", .setMetadata(key: "k")),
        ("GET", "/v1.0/healthz", .health),
        ("GET", "/v1.0/healthz/outbound", .outboundHealth),
        ("POST", "/v1.0/shutdown", .shutdown),
        ("PATCH", "/v1.0/invoke/a/method/x/y", .invoke(appID: "a", path: "/x/y")),
        ("GET", "/v1.0/invoke/a.ns/method/", .invoke(appID: "a.ns", path: "/")),
        ("GET", "/v1.0/invoke/a/method/x%3Fy", .invoke(appID: "a", path: "/x%3Fy")),
        ("GET", "/v1.0/invoke/a/method/x%0Ay", .invokeUnusable(appID: "a")),
    ])
    func `a call is found by method and path`(method: String, path: String, expected: APICall) throws {
        #expect(try call(method, path) == expected)
    }

    @Test(arguments: [
        ("GET", "/"), ("GET", "/v1.0"), ("GET", "/v1.0/state"), ("GET", "/v1.0/state/s"), ("GET", "/v1.0/state/s/"),
        ("GET", "/v1.0/state/s/a/b"), ("PATCH", "/v1.0/state/s"), ("HEAD", "/v1.0/state/s/k"),
        ("OPTIONS", "/v1.0/state/s/k"),
        ("POST", "/v1.0/state/s/other"), ("POST", "/v1.0/publish"), ("POST", "/v1.0/publish/p"),
        ("POST", "/v1.0/publish/p/"),
        ("GET", "/v1.0/publish/p/t"), ("POST", "/v1.0-alpha1/publish/p/t"), ("POST", "/v1.0-alpha1/publish/bulk/p"),
        ("GET", "/v1.0/secrets/s"), ("POST", "/v1.0/secrets/s/n"), ("POST", "/v1.0/metadata"),
        ("PUT", "/v1.0/metadata"),
        ("GET", "/v1.0/metadata/k"), ("POST", "/v1.0/healthz"), ("GET", "/v1.0/healthz/inbound"),
        ("GET", "/v1.0/shutdown"),
        ("GET", "/v1.0/invoke/a"), ("GET", "/v1.0/invoke/a/methods/x"), ("GET", "/v1.0/bindings/b"),
        ("GET", "/v1.0/actors/Cart/1/x"),
        ("GET", "/v1.0/workflows"), ("POST", "/v1.0/configuration/c"),
        ("GET", "/v2.0/state/s/k"), ("GET", "/v1.0/nothing/here"), ("GET", "/v1.0/state/s/%FF"),
    ])
    func `what is no call is none`(method: String, path: String) throws {
        #expect(try call(method, path) == nil)
    }
}
