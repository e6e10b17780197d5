import DaprSidecar
import TestSupport
import TestTools
import Testing

/// Resource files that were changed at random: each is read, or refused with its file and a line of it.
@Suite struct ComponentFuzzTests {
    private static let corpus = [
        """
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata: {name: store, namespace: prod, labels: {a: b}}
        spec:
          type: state.in-memory
          version: v1
          initTimeout: 5s
          ignoreErrors: true
          metadata:
          - name: keyPrefix
            value: name
          - {name: number, value: 5}
          - {name: password, secretKeyRef: {name: pg, key: pass}}
          - {name: user, envRef: PGUSER}
        scopes: [contract, b]
        auth: {secretStore: local}
        """,
        """
        # two documents
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata:
          name: bus
        spec:
          type: pubsub.in-memory
          version: v1
          metadata:
          - name: publishingScopes
            value: "contract=a,b;other="
        ---
        apiVersion: dapr.io/v2alpha1
        kind: Subscription
        metadata: {name: sub}
        spec:
          topic: t
          pubsubname: bus
          routes:
            rules:
            - {match: event.type == "x", path: /x}
            default: /all
          bulkSubscribe: {enabled: true, maxMessagesCount: 10, maxAwaitDurationMs: 40}
          deadLetterTopic: dead
          metadata: {rawPayload: "false"}
        scopes: [contract]
        """,
        """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: {name: r}
        spec:
          policies:
            timeouts: {general: 5s, long: 1h}
            retries:
              constantly: &policy {policy: constant, duration: 1s, maxRetries: 5, matching: {httpStatusCodes: "429,500-599"}}
              growing: {policy: exponential, maxInterval: 15s, maxRetries: -1}
            circuitBreakers:
              simple: {maxRequests: 1, interval: 8s, timeout: 45s, trip: consecutiveFailures >= 5}
          targets:
            apps:
              other: {timeout: general, retry: growing, circuitBreaker: simple, circuitBreakerCacheSize: 10}
            components:
              store: {outbound: {timeout: long, retry: constantly}}
              bus: {inbound: {retry: growing}, outbound: {circuitBreaker: simple}}
        """,
        """
        apiVersion: dapr.io/v1alpha1
        kind: Subscription
        metadata: {name: old}
        spec: {topic: "a*", pubsubname: bus, route: /old}
        """,
        """
        apiVersion: dapr.io/v1alpha1
        kind: Component
        x-common: &common {type: secretstores.local.file, version: v1}
        metadata: {name: a}
        spec:
          <<: *common
          metadata: [{name: secretsFile, secretKeyRef: {name: FILE, key: FILE}}]
        auth: {secretStore: b}
        ---
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata: {name: b}
        x-list: [&one {type: secretstores.local.file}, &two {version: v1}]
        spec:
          <<: [*one, *two]
          metadata: [{name: secretsFile, secretKeyRef: {name: FILE, key: FILE}}]
        auth: {secretStore: env}
        ---
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata: {name: env}
        spec: {type: secretstores.local.env, version: v1}
        """,
    ]
    private static let configuration = """
        apiVersion: dapr.io/v1alpha1
        kind: Configuration
        metadata: {name: c}
        spec:
          tracing: {samplingRate: "1", stdout: true, otel: {endpointAddress: "x:4317", isSecure: false}}
          metrics: {enabled: true, http: {increasedCardinality: false}}
          secrets:
            scopes:
            - {storeName: local, defaultAccess: deny, allowedSecrets: [a, b], deniedSecrets: []}
        """
    private static let words = [
        ":", "- ", "  ", "\n", "\n---\n", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "<<: *one", "<<: [*a, *two]",
        "<<:",
        "!!merge ", "env", "secretstores.local.env", "\u{301}", "\u{93F}", "\u{200D}", "\u{FE0F}", "/\u{301}",
        "||\u{301}", "!!int ", "!!binary ", "|", ">-",
        "'",
        "\"", "#", "? ", "%YAML 1.1", "\t", "null", "~", "yes", "0x10", "1e999", ".inf", "-1", "99999999999999999999",
        "5s",
        "1e9h", "-5s", "name", "value", "spec", "metadata", "kind", "Component", "state.in-memory", "\u{FEFF}", "\u{0}",
        "\u{1F600}", "e\u{301}",
    ]

    @Test func `files that were changed are read, or refused by file and line`() async throws {
        try await Fuzzing.run("resource files", reaching: ["started", "not started", "refused"]) { numbers in
            var text = numbers.pick(Self.corpus)
            if numbers.oneIn(3) { text += "\n---\n" + numbers.pick(Self.corpus) }
            var configuration = Self.configuration
            if numbers.oneIn(4) {
                configuration = numbers.changed(configuration, words: Self.words)
            } else {
                text = numbers.changed(text, words: Self.words)
            }
            let files = FixedFiles(texts: [
                "res/a.yaml": text, "config.yaml": configuration, "s.json": #"{"FILE":"s.json"}"#,
            ])
            let isLenient = numbers.oneIn(3)
            let resources: LoadedResources
            do throws(ComponentError) {
                resources = try ComponentLoader.load(
                    folders: ["res"],
                    configurationFile: "config.yaml",
                    ignoresBroken: isLenient,
                    files: files
                )
            } catch {
                try Self.judge(error, files)
                return "refused"
            }
            let runtime = SidecarRuntime(
                configuration: configured {
                    $0.ignoresBrokenResources = isLenient
                    $0.environment = ["FILE": "s.json"]
                },
                resources: resources,
                surroundings: Fixed.surroundings(),
                files: files
            )
            do throws(ComponentError) {
                try await runtime.start()
            } catch {
                try Self.judge(error, files)
                return "not started"
            }
            _ = runtime.metadataDocument()
            _ = await runtime.stop()
            return "started"
        }
    }

    /// A refusal names a file that there is, and a line of it.
    private static func judge(_ error: ComponentError, _ files: FixedFiles) throws {
        let lines = (files.texts[error.place.file] ?? "").split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        ).count
        guard files.texts[error.place.file] != nil, (1...(lines + 1)).contains(error.place.line) else {
            throw Violation("\(error) of \(lines) lines:\n\(files.texts[error.place.file] ?? "")")
        }
    }
}
