import DaprSidecar
import DaprText
import Testing

@Suite struct ComponentLoaderTests {
    private func load(_ text: String, ignoresBroken: Bool = false) throws(ComponentError) -> LoadedResources {
        try ComponentLoader.load(
            folders: ["res"],
            ignoresBroken: ignoresBroken,
            files: FixedFiles(texts: ["res/a.yaml": text])
        )
    }

    @Test func `a component is read with all its parts and places`() throws {
        let text = """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata:
              name: store
              namespace: prod
              labels: {a: b}
            spec:
              type: state.sqlite
              version: v1
              initTimeout: 5s
              ignoreErrors: true
              metadata:
              - name: connectionString
                value: data.db
              - {name: number, value: 5}
              - {name: flag, value: yes}
              - {name: text, value: "yes"}
              - {name: password, secretKeyRef: {name: pg, key: pass}}
              - {name: short, secretKeyRef: {name: pg}}
              - {name: user, envRef: PGUSER}
              - {name: empty, value: }
            scopes: [a, b]
            auth:
              secretStore: local
            """
        let component = try #require(try load(text).components.first)
        #expect(component.name == "store" && component.type == "state.sqlite" && component.version == "v1")
        #expect(component.namespace == "prod" && component.scopes == ["a", "b"] && component.secretStore == "local")
        #expect(component.ignoresErrors)
        #expect(component.place == ResourcePlace(file: "res/a.yaml", line: 1))
        #expect(
            component.metadata.items.map(\.source) == [
                .value("data.db"), .value("5"), .value("true"), .value("yes"), .secret(name: "pg", key: "pass"),
                .secret(name: "pg", key: "pg"),
                .environment("PGUSER"), .value(""),
            ]
        )
        #expect(component.metadata.item("NUMBER")?.place.line == 15)
        #expect(component.metadata["ConnectionSTRING"] == "data.db")
    }

    @Test func `both endings count, other files are left alone, documents keep their order`() throws {
        let files = FixedFiles(texts: [
            "res/b.yml": component("b", "x.y"),
            "res/a.yaml": "\(component("a1", "x.y"))---\n---\n\(component("a2", "x.y"))",
            "res/secrets.json": "{", "res/readme.md": ":",
        ])
        #expect(try ComponentLoader.load(folders: ["res"], files: files).components.map(\.name) == ["a1", "a2", "b"])
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var line: Int
        var part: String
        var testDescription: String { part }
    }

    @Test(arguments: [
        Fault(text: "a: b\n  c: d: e\n", line: 2, part: "is no YAML"),
        Fault(text: "- a\n- b\n", line: 1, part: "no mapping"),
        Fault(text: "kind: Component\n", line: 1, part: "apiVersion or kind is missing"),
        Fault(
            text: "apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {name: e}\n",
            line: 1,
            part: "dapr.io/v1alpha1 HTTPEndpoint is not supported"
        ),
        Fault(
            text: "apiVersion: v2\nkind: Component\nmetadata: {name: e}\n",
            line: 1,
            part: "v2 Component is not supported"
        ),
        Fault(
            text: "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: c}\n",
            line: 1,
            part: "--config"
        ),
        Fault(
            text: "apiVersion: dapr.io/v1alpha1\nkind: Component\nspec: {type: a.b}\n",
            line: 1,
            part: "metadata.name is missing"
        ),
        Fault(
            text: "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: x}\nspec:\n  version: v1\n",
            line: 5,
            part: "spec.type is missing"
        ),
        Fault(text: component("x", "a.b", more: "  colour: blue\n"), line: 7, part: "spec.colour is not supported"),
        Fault(
            text: component("x", "a.b", more: "  metadata:\n  - name: n\n    valeu: 1\n"),
            line: 9,
            part: "spec.metadata[0].valeu is not supported"
        ),
        Fault(
            text: component("x", "a.b", more: "  metadata:\n  - name: n\n    value: [1]\n"),
            line: 9,
            part: "must be text"
        ),
        Fault(text: component("x", "a.b", more: "  ignoreErrors: maybe\n"), line: 7, part: "must be true or false"),
        Fault(text: component("x", "a.b", more: "  initTimeout: soon\n"), line: 7, part: "must be a duration"),
        Fault(text: component("x", "a.b", more: "scopes: a\n"), line: 7, part: "must be a list"),
        Fault(
            text:
                "apiVersion: dapr.io/v1alpha1\nkind: Subscription\nspec: {pubsubname: b, topic: t, routes: {default: /x}}\n",
            line: 3,
            part: "use v2alpha1"
        ),
        Fault(
            text: "apiVersion: dapr.io/v2alpha1\nkind: Subscription\nspec:\n  topic: t\n  routes: {default: /x}\n",
            line: 4,
            part: "spec.pubsubname is missing"
        ),
        Fault(
            text: resiliency("policies: {circuitBreakers: {cb: {treshold: 5}}}"),
            line: 4,
            part: "spec.policies.circuitBreakers.cb.treshold is not supported here"
        ),
        Fault(
            text: resiliency("policies: {circuitBreakers: {cb: {trip: 'failures > 5'}}}"),
            line: 4,
            part: "there is no variable failures; a breaker counts consecutiveFailures, consecutiveSuccesses, requests"
        ),
        Fault(
            text: resiliency("policies: {circuitBreakers: {cb: {trip: 'consecutiveFailures >'}}}"),
            line: 4,
            part: "spec.policies.circuitBreakers.cb.trip: the rule cannot be read: column 22"
        ),
        Fault(
            text: resiliency("policies: {circuitBreakers: {cb: {trip: requests}}}"),
            line: 4,
            part: "the condition gave int, not bool"
        ),
        Fault(
            text: resiliency("policies: {circuitBreakers: {cb: {maxRequests: -1}}}"),
            line: 4,
            part: "must be 0 or more"
        ),
        Fault(
            text: resiliency("targets: {actors: {T: {circuitBreaker: cb}}}"),
            line: 4,
            part: "circuitBreakerScope must be type, id or both"
        ),
        Fault(
            text: resiliency("targets: {components: {bus: {inbound: {circuitBreakerCacheSize: 5}}}}"),
            line: 4,
            part: "circuitBreakerCacheSize is not supported"
        ),
        Fault(
            text: resiliency("policies: {retries: {r: {policy: sometimes}}}"),
            line: 4,
            part: "neither constant nor exponential"
        ),
        Fault(
            text: resiliency("policies: {retries: {r: {matching: {httpStatusCodes: 429;500}}}}"),
            line: 4,
            part: "no status or range"
        ),
        Fault(text: resiliency("policies: {timeouts: {t: fast}}"), line: 4, part: "must be a duration"),
    ])
    func `a broken file is refused by file, line and reason`(fault: Fault) throws {
        let error = try #require(throws: ComponentError.self) { try load(fault.text) }
        #expect(error.place == ResourcePlace(file: "res/a.yaml", line: fault.line))
        #expect("\(error)".hasPrefix("res/a.yaml:\(fault.line): "))
        #expect("\(error)".contains(fault.part))
    }

    private static func resiliency(_ spec: String) -> String {
        "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {\(spec)}\n"
    }

    @Test func `broken resources can be ignored, and are then listed`() throws {
        let text = "\(component("good", "x.y"))---\nkind: Component\n---\n\(component("also", "x.y"))"
        let loaded = try load(text, ignoresBroken: true)
        #expect(loaded.components.map(\.name) == ["good", "also"])
        #expect(loaded.skipped.count == 1)
        #expect(try load("a: [", ignoresBroken: true).skipped.count == 1)
    }

    @Test func `a folder or a file that is not there is refused`() {
        #expect(throws: ComponentError.self) { try ComponentLoader.load(folders: ["none"], files: FixedFiles()) }
        #expect(throws: ComponentError.self) {
            try ComponentLoader.load(folders: ["res"], configurationFile: "no.yaml", files: FixedFiles())
        }
    }

    @Test func `a Resiliency resource is read with its defaults`() throws {
        let text = """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: {name: r}
            spec:
              policies:
                timeouts: {short: 500ms, bare: 250}
                circuitBreakers:
                  plain: {}
                  own: {maxRequests: 3, interval: 10s, timeout: 1500, trip: totalFailures > 2}
                retries:
                  plain: {}
                  grow: {policy: exponential, maxInterval: 30s, maxRetries: 10, matching: {httpStatusCodes: "429, 500-599", gRPCStatusCodes: "4"}}
                  endless: {policy: constant, duration: 100ms, maxRetries: -1}
              targets:
                apps: {me: {timeout: short, circuitBreaker: own, circuitBreakerCacheSize: 7}}
                actors: {T: {circuitBreaker: own, circuitBreakerScope: both, circuitBreakerCacheSize: 5}}
                components: {bus: {inbound: {retry: grow, timeout: short}, outbound: {retry: plain}}}
            scopes: [contract]
            """
        let resource = try #require(try load(text).resiliencies.first)
        #expect(resource.timeouts == ["short": .milliseconds(500), "bare": .milliseconds(250)])
        #expect(resource.breakers["plain"] == BreakerPolicy())
        let own = try #require(resource.breakers["own"])
        #expect(own.maximumRequests == 3 && own.interval == .seconds(10) && own.timeout == .milliseconds(1500))
        #expect(try own.trip == BreakerTrip("totalFailures > 2"))
        #expect(resource.apps["me"]?.breaker == "own" && resource.apps["me"]?.breakerCacheSize == 7)
        #expect(resource.namesActors)
        #expect(resource.retries["plain"] == RetryPolicy())
        let grow = try #require(resource.retries["grow"])
        #expect(
            grow.growth == .exponential(maximum: .seconds(30)) && grow.maximumRetries == 10
                && grow.statuses == [429...429, 500...599]
        )
        #expect(resource.retries["endless"]?.growth == .constant(.milliseconds(100)))
        #expect(resource.retries["endless"]?.maximumRetries == nil)
        #expect(
            resource.inbound["bus"]?.retry == "grow" && resource.outbound["bus"]?.retry == "plain"
                && resource.apps["me"]?.timeout == "short"
        )
        #expect(resource.scopes == ["contract"])
    }

    @Test func `of the Configuration the secret scopes are read and other parts are listed`() throws {
        let config = """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: {name: c}
            spec:
              tracing: {samplingRate: "0.5", zipkin: {endpointAddress: x}}
              metrics: {enabled: false, recordErrorCodes: true, rules: []}
              api: {allowed: []}
              features: []
              secrets:
                scopes:
                - {storeName: a, defaultAccess: deny, allowedSecrets: [x]}
                - {storeName: b, deniedSecrets: [y]}
            """
        let loaded = try ComponentLoader.load(
            folders: [],
            configurationFile: "c.yaml",
            files: FixedFiles(texts: ["c.yaml": config])
        )
        #expect(
            loaded.configuration.unusedParts == ["spec.features", "spec.metrics.rules", "spec.tracing.zipkin"]
        )
        #expect(loaded.configuration.tracing == Tracing(.spans(rate: 0.5)))
        #expect(loaded.configuration.metricsEnabled == false && loaded.configuration.recordsErrorCodes)
        let scopes = loaded.configuration.secretScopes
        #expect(scopes.map { $0.allows("x") } == [true, true])
        #expect(scopes.map { $0.allows("y") } == [false, false])
        #expect(scopes.map { $0.allows("z") } == [false, true])
    }

    @Test(arguments: [
        ("{samplingRate: '0'}", Tracing.Mode.off), ("{samplingRate: 1}", .spans(rate: 1)),
        ("{stdout: true}", .spans(rate: 0.0001)), ("{}", .passThrough),
    ])
    func `tracing is what the file says`(text: String, mode: Tracing.Mode) throws {
        #expect(try tracing(text).mode == mode)
    }

    @Test(arguments: ["{samplingRate: often}", "{samplingRate: 2}", "5"])
    func `tracing that is none is refused`(text: String) {
        #expect(throws: ComponentError.self) { try tracing(text) }
    }

    private func tracing(_ text: String) throws(ComponentError) -> Tracing {
        let config =
            "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: c}\nspec: {tracing: \(text)}\n"
        let files = FixedFiles(texts: ["c.yaml": config])
        return try ComponentLoader.load(folders: [], configurationFile: "c.yaml", files: files).configuration.tracing
    }
}
