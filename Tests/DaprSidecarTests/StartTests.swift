import DaprSidecar
import Testing

/// What a start refuses, leaves out and fills in.
@Suite struct StartTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var files: [String: String]
        var part: String
        var testDescription: String { part }
    }

    @Test(arguments: [
        Refusal(
            files: ["a.yaml": component("k", "pubsub.kafka")],
            part: "a.yaml:6: \"k\": pubsub.kafka v1 is not supported by this sidecar, which has state.in-memory v1"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory", more: "  version: v9\n")],
            part: "a.yaml:7: \"k\": state.in-memory v9"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory"), "b.yaml": component("k", "pubsub.in-memory")],
            part: "res/b.yaml:1: \"k\": another component of this name stands at res/a.yaml:1"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory", [("keyPrefix", "a||b")])],
            part: "must not contain ||"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory", [("colour", "blue")])],
            part: "metadata colour: state.in-memory knows only keyPrefix"
        ),
        Refusal(
            files: [
                "a.yaml": component(
                    "k",
                    "secretstores.local.file",
                    [("secretsFile", "res/s"), ("multiValued", "maybe")]
                ),
                "s": "{}",
            ],
            part:
                "a.yaml:10: \"k\": metadata multiValued: \"maybe\" is neither y, yes, true, t, on, 1 nor n, no, false, f, off, 0"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory", [("outboxPublishTopic", "t")])],
            part:
                "a.yaml:8: \"k\": metadata outboxPublishTopic is not supported here; run the same folder with `dapr run`"
        ),
        Refusal(
            files: ["a.yaml": component("k", "pubsub.in-memory", [("brokers", "b")])],
            part: "a.yaml:8: \"k\": metadata brokers: pubsub.in-memory knows only publishingScopes, subscriptionScopes"
        ),
        Refusal(files: ["a.yaml": component("bulk", "pubsub.in-memory")], part: "must not be called bulk"),
        Refusal(files: ["a.yaml": component("k", "secretstores.local.file")], part: "metadata secretsFile is missing"),
        Refusal(
            files: ["a.yaml": component("k", "secretstores.local.file", [("secretsFile", "no.json")])],
            part: "no.json cannot be read"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory", [("keyPrefix", "{podName}")])],
            part: "Kubernetes only"
        ),
        Refusal(
            files: [
                "a.yaml": component(
                    "k",
                    "state.in-memory",
                    more: "  metadata:\n  - {name: keyPrefix, secretKeyRef: {name: s}}\n"
                )
            ],
            part: "name a secret store under auth.secretStore"
        ),
        Refusal(
            files: [
                "a.yaml":
                    "apiVersion: dapr.io/v2alpha1\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: b, topic: t, routes: {rules: [{match: 'event.type ==', path: /x}]}}\n"
            ],
            part: "a.yaml:1: spec.routes.rules: the rule cannot be read: column"
        ),
        Refusal(
            files: [
                "a.yaml":
                    "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {targets: {apps: {me: {retry: nope}}}}\n"
            ],
            part: "a.yaml:4: retry: no policy is called \"nope\""
        ),
    ])
    func `what cannot work is refused at start`(refusal: Refusal) async throws {
        let error = await #expect(throws: ComponentError.self) { try await withSidecar(refusal.files) { _ in } }
        #expect(String(describing: error).contains(refusal.part))
    }

    @Test func `a component may say that it can be done without, and another application's does not exist`()
        async throws
    {
        let files = [
            "a.yaml": component("k", "pubsub.kafka", more: "  ignoreErrors: true\n"),
            "b.yaml": component("s", "state.redis", more: "scopes: [someone-else]\n"),
            "c.yaml": component("store", "state.in-memory"),
        ]
        let events = Events()
        try await withSidecar(files, events: events) { sidecar in
            try await sidecar.save("[]")
            let error = await #expect(throws: APIError.self) { try await sidecar.save("[]", store: "s") }
            #expect(error?.errorCode == "ERR_STATE_STORE_NOT_FOUND")
        }
        let ignored = events.map { if case .componentIgnored(let error) = $0 { error.resource } else { nil } }
        #expect(ignored == ["k"])
    }

    @Test func `values come from secrets, variables and templates`() async throws {
        let files = [
            "z.yaml": component("secrets", "secretstores.local.file", [("secretsFile", "res/s.json")]),
            "res-s.json": "", "s.json": #"{"pg":{"prefix":"fromSecret"}}"#,
            "a.yaml": component(
                "a",
                "state.in-memory",
                more:
                    "  metadata:\n  - {name: keyPrefix, secretKeyRef: {name: 'pg:prefix'}}\nauth: {secretStore: secrets}\n"
            ),
            "b.yaml": component("b", "state.in-memory", more: "  metadata:\n  - {name: keyPrefix, envRef: PREFIX}\n"),
            "c.yaml": component("c", "state.in-memory", [("keyPrefix", "x-{appID}-{namespace}")]),
        ]
        try await withSidecar(files, configuration: configured { $0.environment = ["PREFIX": "fromEnv"] }) { sidecar in
            for store in ["a", "b", "c"] {
                try await sidecar.save(#"[{"key":"k","value":"\#(store)"}]"#, store: store)
                #expect(try await sidecar.value("k", store: store) == "\"\(store)\"")
            }
        }
    }

    struct Ignored: Sendable, CustomTestStringConvertible {
        var files: [String: String]
        /// What the log says was left out; empty where the sidecar ends all the same, as daprd does.
        var left: [String]
        var testDescription: String { files.values.joined() }
    }

    @Test(arguments: [
        Ignored(files: ["a.yaml": "a: ["], left: ["res/a.yaml:2: is no YAML"]),
        Ignored(
            files: ["a.yaml": "apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {name: e}\n"],
            left: ["res/a.yaml:1: \"e\": dapr.io/v1alpha1 HTTPEndpoint is not supported"]
        ),
        Ignored(
            files: ["a.yaml": component("store", "state.in-memory", [("colour", "blue")], more: "  size: 5\n")],
            left: [
                "res/a.yaml:10: \"store\": spec.size is not supported", "metadata colour: state.in-memory knows only",
            ]
        ),
        Ignored(
            files: [
                "a.yaml":
                    "apiVersion: dapr.io/v2alpha1\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: b, topic: t, routes: {rules: [{match: '(', path: /x}]}}\n"
            ],
            left: ["spec.routes.rules: the rule cannot be read"]
        ),
        Ignored(
            files: [
                "a.yaml":
                    "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {targets: {apps: {me: {retry: nope}}}}\n"
            ],
            left: ["no policy is called \"nope\""]
        ),
        Ignored(
            files: [
                "a.yaml":
                    "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {policies: {timeouts: {t: soon}}}\n"
            ],
            left: ["spec.policies.timeouts.t: must be a duration"]
        ),
        Ignored(files: ["a.yaml": component("k", "pubsub.kafka")], left: []),
        Ignored(files: ["a.yaml": component("k", "state.in-memory", more: "  version: v9\n")], left: []),
        Ignored(
            files: ["a.yaml": component("k", "state.in-memory"), "b.yaml": component("k", "state.in-memory")],
            left: []
        ),
        Ignored(files: ["a.yaml": component("k", "secretstores.local.file")], left: []),
    ])
    func `broken resources are left out with a line each, where that is asked for`(row: Ignored) async throws {
        let files = FixedFiles(texts: Dictionary(uniqueKeysWithValues: row.files.map { ("res/\($0.key)", $0.value) }))
        let events = Events()
        let sidecar = SidecarRuntime(
            configuration: configured { $0.ignoresBrokenResources = true },
            resources: try ComponentLoader.load(folders: ["res"], ignoresBroken: true, files: files),
            files: files,
            observer: { events.add($0) }
        )
        if row.left.isEmpty {
            await #expect(throws: ComponentError.self) { try await sidecar.start() }
            return
        }
        try await sidecar.start()
        _ = await sidecar.stop()
        let left = events.map { event -> String? in
            if case .resourceSkipped(let error) = event { "\(error)" } else { nil }
        }
        #expect(left.count == row.left.count)
        for (line, part) in zip(left, row.left) { #expect(line.contains(part)) }
    }
}
