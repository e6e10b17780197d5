import Testing

@testable import DaprSidecar

/// `spec.api` of a Configuration.
struct APIListTests {
    private func access(_ api: String) throws -> APIAccess {
        let config = """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: {name: c}
            spec: {api: \(api)}
            """
        return try ComponentLoader.load(
            folders: [],
            configurationFile: "c.yaml",
            files: FixedFiles(texts: ["c.yaml": config])
        ).configuration.api
    }

    @Test(arguments: [
        ("{}", "v1.0", "state", true), ("{allowed: []}", "v1.0", "state", true),
        ("{allowed: [{name: state, version: v1.0, protocol: http}]}", "v1.0", "state", true),
        ("{allowed: [{name: state, version: v1.0, protocol: http}]}", "v1.0", "publish", false),
        ("{allowed: [{name: state, version: v1.0, protocol: http}]}", "v1.0-alpha1", "state", false),
        ("{allowed: [{name: state, version: v1.0, protocol: http}]}", "v1.0", "healthz", true),
        ("{allowed: [{name: state, version: v1, protocol: grpc}]}", "v1.0", "publish", true),
        ("{allowed: [{name: state, version: v1.0}]}", "v1.0", "publish", true),
        ("{denied: [{name: publish, version: v1.0-alpha1, protocol: HTTP}]}", "v1.0-alpha1", "publish", false),
        ("{denied: [{name: publish, version: v1.0-alpha1, protocol: http}]}", "v1.0", "publish", true),
        ("{denied: [{name: publish, version: v1alpha1, protocol: http}]}", "v1.0-alpha1", "publish", false),
        // By the beginning of the word, as in daprd; and a name with a store in it is none.
        ("{denied: [{name: workflow, version: v1.0, protocol: http}]}", "v1.0", "workflows", false),
        ("{denied: [{name: state/store, version: v1.0, protocol: http}]}", "v1.0", "state", true),
        (
            "{allowed: [{name: state, version: v1.0, protocol: http}], denied: [{name: state, version: v1.0, protocol: http}]}",
            "v1.0", "state", false
        ),
    ])
    func `calls are allowed or not by version, name and protocol`(
        api: String,
        version: String,
        name: String,
        isAllowed: Bool
    ) throws {
        #expect(try access(api).allows(version, name) == isAllowed)
    }

    @Test(arguments: ["{alowed: []}", "{allowed: [{name: state, versions: v1.0}]}", "{denied: [{version: v1.0}]}"])
    func `a list that does not say what it means is refused by place`(api: String) {
        let error = #expect(throws: ComponentError.self) { try access(api) }
        #expect(error?.description.contains("c.yaml:4") == true)
    }
}
