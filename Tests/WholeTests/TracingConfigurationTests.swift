import OpenTelemetry
import Settings
import Testing

@testable import task_server

/// What OpenTelemetry's variables do to the server.
struct TracingConfigurationTests {
    /// The configuration for some variables, whose names all begin with `OTEL_`.
    private static func configuration(_ variables: [String: String]) throws -> TracingConfiguration? {
        let environment = Dictionary(uniqueKeysWithValues: variables.map { ("OTEL_\($0)", $1) })
        let request = try ServerSettings.table.parse(arguments: ["serve"], environment: environment) { _ in nil }
        guard case .run(.serve, let values) = request else { throw SettingsMissing() }
        return try ServerConfiguration(values).tracing
    }

    private struct SettingsMissing: Error {}

    @Test func `spans are exported where an endpoint says where to`() throws {
        let tracing = try #require(try Self.configuration(["EXPORTER_OTLP_ENDPOINT": "http://collector:4318"]))
        #expect(tracing.endpoint.url == "http://collector:4318/v1/traces")
        #expect(tracing.sampler == Sampler(ratio: 1, followsParent: true))
        #expect(tracing.queueSize == 2048)
        #expect(tracing.batchSize == 512)
        #expect(tracing.export.delay == .seconds(5))
        #expect(tracing.export.requestTimeout == .seconds(10))
        #expect(tracing.export.batchTimeout == .seconds(30))
    }

    @Test(arguments: [
        [:], ["EXPORTER_OTLP_ENDPOINT": ""], ["EXPORTER_OTLP_ENDPOINT": "http://c", "SDK_DISABLED": "true"],
        ["EXPORTER_OTLP_ENDPOINT": "http://c", "TRACES_EXPORTER": "none"],
        // What is not used need not be right.
        ["EXPORTER_OTLP_PROTOCOL": "grpc", "EXPORTER_OTLP_HEADERS": "x"],
    ])
    func `none are where it does not, or they are turned off`(variables: [String: String]) throws {
        #expect(try Self.configuration(variables) == nil)
    }

    @Test(arguments: [
        ("always_on", nil, Sampler(ratio: 1, followsParent: false)),
        ("always_off", nil, Sampler(ratio: 0, followsParent: false)),
        ("traceidratio", "0.25", Sampler(ratio: 0.25, followsParent: false)),
        ("parentbased_always_off", nil, Sampler(ratio: 0, followsParent: true)),
        ("parentbased_traceidratio", "0", Sampler(ratio: 0, followsParent: true)),
        ("parentbased_traceidratio", nil, Sampler(ratio: 1, followsParent: true)),
    ])
    func `the samplers are those of the specification`(name: String, argument: String?, sampler: Sampler) throws {
        var variables = ["EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/x", "TRACES_SAMPLER": name]
        variables["TRACES_SAMPLER_ARG"] = argument
        let tracing = try #require(try Self.configuration(variables))
        #expect(tracing.sampler == sampler)
        #expect(tracing.endpoint.url == "http://c/x")
    }

    @Test(arguments: [
        (["EXPORTER_OTLP_ENDPOINT": "collector:4317"], "http://host:4318"),
        (["EXPORTER_OTLP_PROTOCOL": "grpc"], "http/protobuf"),
        (["EXPORTER_OTLP_PROTOCOL": "http/json"], "http/protobuf"),
        (["EXPORTER_OTLP_PROTOCOL": "thrift"], "http/protobuf|http/json|grpc"),
        (["EXPORTER_OTLP_HEADERS": "s3cret"], "name=value"), (["EXPORTER_OTLP_HEADERS": "a=s3cret%0Ab"], "name=value"),
        (["RESOURCE_ATTRIBUTES": "a"], "name=value"), (["TRACES_SAMPLER": "xray"], "parentbased_always_on"),
        (["TRACES_SAMPLER": "traceidratio", "TRACES_SAMPLER_ARG": "2"], "from 0 to 1"),
        (["EXPORTER_OTLP_CERTIFICATE": "/nowhere.pem"], "PEM file"),
        (["BSP_MAX_QUEUE_SIZE": "10"], "must not be above"), (["BSP_SCHEDULE_DELAY": "5s"], "integer"),
    ])
    func `what cannot be followed is refused, with what can`(variables: [String: String], text: String) {
        let all = ["EXPORTER_OTLP_ENDPOINT": "http://c"].merging(variables) { $1 }
        do {
            _ = try Self.configuration(all)
            Issue.record("accepted")
        } catch {
            let sentence = "\(error)"
            #expect(sentence.contains(text))
            #expect(variables.keys.contains { sentence.contains("OTEL_\($0)") } || sentence.contains("OTEL_BSP"))
            #expect(!sentence.contains("s3cret"), "a secret is shown")
        }
    }
}
