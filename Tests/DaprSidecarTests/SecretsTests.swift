import DaprJSON
import DaprSidecar
import Testing

/// Rows of a real daprd's recording for secrets.
@Suite struct SecretsTests {
    private static let files = [
        "file.yaml": component(
            "file",
            "secretstores.local.file",
            [("secretsFile", "res/secrets.json"), ("nestedSeparator", ":")]
        ),
        "multi.yaml": component(
            "multi",
            "secretstores.local.file",
            [("secretsFile", "res/secrets.json"), ("multiValued", "true")]
        ),
        "env.yaml": component("env", "secretstores.local.env", [("prefix", "CONTRACT_")]),
        "all.yaml": component("all", "secretstores.local.env"),
        "secrets.json":
            #"{"plain":"s3cret","nested":{"user":"u","deep":{"x":"1"}},"number":5,"empty":"","list":["a"]}"#,
    ]
    private static let config = """
        apiVersion: dapr.io/v1alpha1
        kind: Configuration
        metadata: {name: contract}
        spec:
          secrets:
            scopes:
            - {storeName: file, defaultAccess: allow, deniedSecrets: [number, list:0]}
        """

    struct Row: Sendable, CustomTestStringConvertible {
        var path: String
        var status: Int
        var body: String
        var testDescription: String { path }
    }

    @Test(arguments: [
        Row(path: "file/plain", status: 200, body: #"{"plain":"s3cret"}"#),
        Row(path: "file/nested", status: 500, body: "ERR_SECRET_GET"),
        Row(path: "file/nested:user", status: 200, body: #"{"nested:user":"u"}"#),
        Row(path: "file/nested:deep:x", status: 200, body: #"{"nested:deep:x":"1"}"#),
        Row(path: "file/number", status: 403, body: "ERR_PERMISSION_DENIED"),
        Row(path: "file/empty", status: 200, body: #"{"empty":""}"#),
        Row(path: "file/missing", status: 500, body: "ERR_SECRET_GET"),
        Row(
            path: "file/bulk",
            status: 200,
            body:
                #"{"empty":{"empty":""},"nested:deep:x":{"nested:deep:x":"1"},"nested:user":{"nested:user":"u"},"plain":{"plain":"s3cret"}}"#
        ),
        Row(path: "multi/plain", status: 200, body: #"{"plain":"s3cret"}"#),
        Row(path: "multi/nested", status: 200, body: #"{"deep:x":"1","user":"u"}"#),
        Row(path: "multi/number", status: 500, body: "ERR_SECRET_GET"),
        Row(
            path: "multi/bulk",
            status: 200,
            body: #"{"empty":{"empty":""},"nested":{"deep:x":"1","user":"u"},"plain":{"plain":"s3cret"}}"#
        ),
        Row(path: "env/TOKEN", status: 200, body: #"{"TOKEN":"from-env"}"#),
        Row(path: "env/MISSING", status: 200, body: #"{"MISSING":""}"#),
        Row(path: "env/bulk", status: 200, body: #"{"TOKEN":{"TOKEN":"from-env"}}"#),
        Row(path: "all/APP_API_TOKEN", status: 200, body: #"{"APP_API_TOKEN":""}"#),
        Row(path: "all/DAPR_API_TOKEN", status: 200, body: #"{"DAPR_API_TOKEN":""}"#),
        Row(path: "all/APP_ID", status: 200, body: #"{"APP_ID":"contract"}"#),
        Row(path: "all/DAPR_HTTP_PORT", status: 200, body: #"{"DAPR_HTTP_PORT":""}"#),
        Row(
            path: "all/bulk",
            status: 200,
            body: #"{"APP_ID":{"APP_ID":"contract"},"CONTRACT_TOKEN":{"CONTRACT_TOKEN":"from-env"}}"#
        ),
        Row(path: "nostore/x", status: 401, body: "ERR_SECRET_STORE_NOT_FOUND"),
        Row(path: "nostore/bulk", status: 401, body: "ERR_SECRET_STORE_NOT_FOUND"),
    ])
    func `a secret is answered as daprd answers it`(row: Row) async throws {
        let environment = [
            "CONTRACT_TOKEN": "from-env", "APP_API_TOKEN": "hidden", "DAPR_API_TOKEN": "hidden", "APP_ID": "contract",
            "DAPR_HTTP_PORT": "3500",
        ]
        try await withSidecar(
            Self.files,
            config: Self.config,
            configuration: configured { $0.environment = environment }
        ) { sidecar in
            let parts = row.path.split(separator: "/").map(String.init)
            do throws(APIError) {
                let body =
                    parts[1] == "bulk"
                    ? try await sidecar.bulkSecrets(parts[0]) : try await sidecar.secret(parts[0], parts[1])
                #expect(row.status == 200)
                #expect(String(decoding: body ?? [], as: UTF8.self) == row.body)
            } catch {
                #expect(error.status == row.status)
                #expect(error.errorCode == row.body)
                #expect(!error.message.contains("s3cret"))
            }
        }
    }

    @Test func `what is no string becomes what daprd makes of it`() async throws {
        try await withSidecar(Self.files) { sidecar in
            let number = try await sidecar.secret("file", "number") ?? []
            #expect(String(decoding: number, as: UTF8.self) == #"{"number":"%!s(float64=5)"}"#)
            let member = try await sidecar.secret("file", "list:0") ?? []
            #expect(String(decoding: member, as: UTF8.self) == #"{"list:0":"a"}"#)
        }
    }

    @Test func `without a secret store there is nothing to ask`() async throws {
        try await withSidecar([:]) { sidecar in
            let error = await #expect(throws: APIError.self) { try await sidecar.secret("store", "k") }
            #expect(
                error
                    == APIError(
                        status: 500,
                        errorCode: "ERR_SECRET_STORES_NOT_CONFIGURED",
                        message: "secret store is not configured"
                    )
            )
        }
    }
}
