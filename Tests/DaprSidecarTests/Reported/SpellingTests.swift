import DaprJSON
import DaprText
import Testing

@testable import DaprSidecar

/// Two texts that Unicode holds for equivalent are two names to whoever compares bytes, as daprd does.
struct SpellingTests {
    private static let (one, other) = ("\u{E9}", "e\u{301}")

    @Test func `metadata is kept under both spellings`() async throws {
        try await withSidecar([:]) { sidecar in
            sidecar.setMetadata(Self.one, "1")
            sidecar.setMetadata(Self.other, "2")
            let extended = try JSONValue(parsing: sidecar.metadataDocument())["extended"]?.objectValue
            let names = try #require(extended).map { Array($0.key.utf8) }
            #expect(names.contains(Array(Self.one.utf8)) && names.contains(Array(Self.other.utf8)))
        }
    }

    @Test(arguments: [
        ([("allowedTopics", "\u{E9}")], true, false), ([("protectedTopics", "\u{E9}")], false, true),
        ([("publishingScopes", "contract=\u{E9}")], true, false),
        ([("publishingScopes", "other=\u{E9};contract=a")], false, false),
    ])
    func `a scope is for the topic that it spells`(
        metadata: [(String, String)],
        allowsOne: Bool,
        allowsOther: Bool
    ) async throws {
        try await withSidecar(["bus.yaml": component("bus", "pubsub.in-memory", metadata)]) { sidecar in
            for (topic, isAllowed) in [(Self.one, allowsOne), (Self.other, allowsOther)] {
                do throws(APIError) {
                    try await sidecar.publish(topic, "1")
                    #expect(isAllowed)
                } catch {
                    #expect(!isAllowed && error.status == 403)
                }
            }
        }
    }

    @Test func `a scope is for the application that it spells`() {
        let component = ComponentDefinition(
            name: "bus",
            type: "pubsub.in-memory",
            metadata: ["publishingScopes": "\(Self.one)=a", "subscriptionScopes": "\(Self.one)="]
        )
        #expect(!TopicScopes(component.metadata, appID: Self.one).allowsPublishing("b"))
        #expect(TopicScopes(component.metadata, appID: Self.other).allowsPublishing("b"))
        #expect(!TopicScopes(component.metadata, appID: Self.one).allowsSubscribing("a"))
        #expect(TopicScopes(component.metadata, appID: Self.other).allowsSubscribing("a"))
    }

    @Test func `a secret is allowed and denied as it is spelled`() {
        var scope = SecretScope(store: "s")
        scope.denied = [Self.one]
        #expect(!scope.allows(Self.one) && scope.allows(Self.other))
        scope.allowed = [Self.one]
        #expect(scope.allows(Self.one) && !scope.allows(Self.other))
    }

    @Test func `a secret of the environment has the name that it was asked by`() async throws {
        let files = ["env.yaml": component("env", "secretstores.local.env")]
        try await withSidecar(files, configuration: configured { $0.environment = [Self.one: "v"] }) { sidecar in
            for (name, value) in [(Self.one, "v"), (Self.other, "")] {
                let secret = try #require(try await sidecar.secret("env", name))
                let values = try JSONValue(parsing: secret).objectValue.map { Array($0).map(\.value) }
                #expect(values == [.string(value)])
            }
        }
    }

    @Test func `components whose names differ in spelling are two`() async throws {
        let files = [
            "a.yaml": component(Self.one, "state.in-memory"), "b.yaml": component(Self.other, "state.in-memory"),
        ]
        try await withSidecar(files) { sidecar in
            try await sidecar.save(#"[{"key":"k","value":1}]"#, store: Self.one)
            #expect(try await sidecar.value("k", store: Self.one) == "1")
            #expect(try await sidecar.value("k", store: Self.other) == nil)
        }
    }

    @Test func `members of an event and metadata of a request keep their spellings`() throws {
        var object = CanonicalObject()
        object.set(Self.one, "1")
        object.set(Self.other, "2")
        #expect(object.string(Self.one) == "1" && object.string(Self.other) == "2")
        let metadata = RequestMetadata(queryItems: [("metadata.\(Self.one)", "1"), ("metadata.\(Self.other)", "2")])
        #expect(metadata.values.count == 2 && metadata[Self.other] == "2")
        let texts = JSONObject([(Self.one, .string("1")), (Self.other, .string("2"))].map { (key: $0, value: $1) })
        let read = try JSONObject([("m", JSONValue.object(texts))].map { (key: $0, value: $1) }).texts("m")
        #expect(read?.count == 2)
    }

    @Test func `a breaker and a policy are those of the target that is spelled so`() throws {
        let place = ResourcePlace(file: "r.yaml", line: 1)
        var resource = ResiliencyDefinition(name: "r", place: place)
        resource.timeouts["t"] = .seconds(1)
        resource.breakers["b"] = BreakerPolicy()
        resource.outbound[Self.one] = PolicyNames(timeout: "t", breaker: "b", place: place)
        resource.apps["app"] = PolicyNames(breaker: "b", place: place)
        let catalog = try ResiliencyCatalog([resource], appID: "a")
        #expect(catalog.outbound(Self.one, kind: "Statestore").timeout != nil)
        #expect(catalog.outbound(Self.other, kind: "Statestore").isEmpty)
        let breaker = catalog.app("app", method: Self.one).breaker
        #expect(breaker != nil && breaker !== catalog.app("app", method: Self.other).breaker)
        resource.scopes = [Self.one]
        #expect(try ResiliencyCatalog([resource], appID: Self.other).outbound(Self.one, kind: "Statestore").isEmpty)
    }

    @Test func `an application is invoked by its own spelling`() async throws {
        let app = StubApp(answers: ["/m": [.text(200)]])
        try await withSidecar([:], app: app, configuration: configured { $0.appID = Self.one }) { sidecar in
            let request = AppRequest(method: "GET", target: "/m", headers: [], body: [], timeout: nil)
            let answer = try await sidecar.invoke(Self.one, request)
            #expect(answer.status == 200)
            await #expect(throws: APIError.self) { try await sidecar.invoke(Self.other, request) }
        }
    }
}
