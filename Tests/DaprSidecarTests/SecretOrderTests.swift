import DaprSidecar
import Synchronization
import Testing

/// In which order components come to their secrets.
@Suite struct SecretOrderTests {
    /// A file store that takes the name of its file from another store.
    private static func store(_ name: String, from other: String, ignoresErrors: Bool = false) -> String {
        """
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata: {name: \(name)}
        spec:
          type: secretstores.local.file
          version: v1
          ignoreErrors: \(ignoresErrors)
          metadata:
          - name: secretsFile
            secretKeyRef: {name: FILE, key: FILE}
        auth: {secretStore: \(other)}
        """
    }

    private static let environment = configured { $0.environment = ["FILE": "res/secrets.json"] }

    @Test(arguments: [["a", "m", "z"], ["m", "a", "z"], ["z", "m", "a"], ["z", "a", "m"]])
    func `a store that needs another opens, whichever file is read first`(names: [String]) async throws {
        let files = [
            "\(names[0]).yaml": Self.store("last", from: "middle"),
            "\(names[1]).yaml": Self.store("middle", from: "env"),
            "\(names[2]).yaml": component("env", "secretstores.local.env"),
            "secrets.json": #"{"k":"v","FILE":"res/secrets.json"}"#,
        ]
        try await withSidecar(files, configuration: Self.environment) { sidecar in
            let secret = try await sidecar.secret("last", "k") ?? []
            #expect(String(decoding: secret, as: UTF8.self) == #"{"k":"v"}"#)
            let missing = try await sidecar.secret("env", "NONE") ?? []
            #expect(String(decoding: missing, as: UTF8.self) == #"{"NONE":""}"#)
        }
    }

    @Test func `a state store takes its value from a store that itself needs one`() async throws {
        let files = [
            "a.yaml": """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec:
              type: state.in-memory
              version: v1
              metadata:
              - name: keyPrefix
                secretKeyRef: {name: prefix, key: prefix}
            auth: {secretStore: last}
            """,
            "b.yaml": Self.store("last", from: "env"), "c.yaml": component("env", "secretstores.local.env"),
            "secrets.json": #"{"prefix":"none"}"#,
        ]
        try await withSidecar(files, configuration: Self.environment) { sidecar in
            let secret = try await sidecar.secret("last", "prefix") ?? []
            #expect(String(decoding: secret, as: UTF8.self) == #"{"prefix":"none"}"#)
        }
    }

    @Test(arguments: [
        (["a.yaml": store("a", from: "a")], "a needs a"),
        (["a.yaml": store("a", from: "b"), "b.yaml": store("b", from: "a")], "b needs a needs b"),
        (
            ["a.yaml": store("a", from: "b"), "b.yaml": store("b", from: "c"), "c.yaml": store("c", from: "b")],
            "needs each other"
        ),
        (
            ["a.yaml": store("a", from: "nowhere"), "b.yaml": component("env", "secretstores.local.env")],
            "the secret store nowhere, which auth.secretStore names, is not there; there are env"
        ),
        (["a.yaml": store("a", from: "nowhere")], "there is none"),
    ])
    func `stores that need each other, or one that is not there, are refused by name`(
        files: [String: String],
        words: String
    ) async throws {
        let error = await #expect(throws: ComponentError.self) {
            try await withSidecar(files, configuration: Self.environment) { _ in }
        }
        let text = error.map { "\($0)" } ?? ""
        let expected = words == "needs each other" ? "need each other" : words
        #expect(text.contains(expected), "\(text)")
        #expect(text.contains("yaml:"), "\(text)")
    }

    @Test func `where broken resources are left out, so is what waits for a store that does not come`() async throws {
        let files = [
            "a.yaml": Self.store("a", from: "b"), "b.yaml": Self.store("b", from: "a"),
            "c.yaml": Self.store("c", from: "nowhere"), "d.yaml": component("env", "secretstores.local.env"),
        ]
        let configuration = configured { $0.ignoresBrokenResources = true }
        try await withSidecar(files, configuration: configuration) { sidecar in
            let secret = try await sidecar.secret("env", "X") ?? []
            #expect(String(decoding: secret, as: UTF8.self) == #"{"X":""}"#)
            await #expect(throws: APIError.self) { try await sidecar.secret("a", "X") }
            await #expect(throws: APIError.self) { try await sidecar.secret("c", "X") }
        }
    }

    @Test func `names of secrets are told apart by their bytes`() async throws {
        let files = [
            "a.yaml": component("file", "secretstores.local.file", [("secretsFile", "res/secrets.json")]),
            "b.yaml": component("env", "secretstores.local.env", [("prefix", "X_")]),
            "c.yaml": component("all", "secretstores.local.env"),
            "secrets.json": "{\"\u{E9}\":\"one\",\"e\u{301}\":\"two\"}",
        ]
        let environment = ["X_\u{301}a": "marked", "DAPR_\u{301}TOKEN": "hidden"]
        try await withSidecar(files, configuration: configured { $0.environment = environment }) { sidecar in
            let one = try await sidecar.secret("file", "\u{E9}") ?? []
            #expect(Array("{\"\u{E9}\":\"one\"}".utf8) == one)
            let two = try await sidecar.secret("file", "e\u{301}") ?? []
            #expect(Array("{\"e\u{301}\":\"two\"}".utf8) == two)
            #expect(try await sidecar.bulkSecrets("env").contains("marked".utf8))
            let all = try await sidecar.bulkSecrets("all")
            #expect(all.contains("marked".utf8) && !all.contains("hidden".utf8))
        }
    }
}
