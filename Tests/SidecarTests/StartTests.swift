import Sidecar
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
            part: "a.yaml:1: \"k\": pubsub.kafka v1 is not supported by this sidecar, which has state.in-memory v1"
        ),
        Refusal(
            files: ["a.yaml": component("k", "state.in-memory", more: "  version: v9\n")],
            part: "state.in-memory v9"
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
}
