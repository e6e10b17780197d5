import Settings

/// OpenTelemetry's own variables, with the names, meanings and defaults of its specification.
///
/// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
extension ServerSettings {
    static let otlpEndpoint = Setting(
        optional: "otel-exporter-otlp-endpoint",
        .nonEmptyString,
        help:
            "Where a collector takes OTLP over HTTP, http://collector:4318; /v1/traces is added. Without it no spans are exported.",
        environment: "OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    static let otlpTracesEndpoint = Setting(
        optional: "otel-exporter-otlp-traces-endpoint",
        .nonEmptyString,
        help: "The same as a whole URL, to which nothing is added; wins over the other.",
        environment: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    )
    static let otlpProtocol = Setting(
        "otel-exporter-otlp-protocol",
        default: OTLPProtocol.protobuf,
        help: "How spans are sent; this server speaks http/protobuf alone.",
        environment: "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    static let otlpHeaders = Setting(
        "otel-exporter-otlp-headers",
        default: "",
        help: "Headers of each export, name=value,name=value, percent-encoded; mostly a key.",
        environment: "OTEL_EXPORTER_OTLP_HEADERS",
        isSecret: true
    )
    static let otlpTimeout = Setting(
        "otel-exporter-otlp-timeout",
        default: 10_000,
        range: 1...600_000,
        help: "The most milliseconds for one request to the collector.",
        environment: "OTEL_EXPORTER_OTLP_TIMEOUT"
    )
    static let otlpCertificate = Setting(
        optional: "otel-exporter-otlp-certificate",
        .nonEmptyString,
        help: "A PEM file with the authorities to trust for the collector's certificate; without it the system's.",
        environment: "OTEL_EXPORTER_OTLP_CERTIFICATE"
    )
    static let otelServiceName = Setting(
        optional: "otel-service-name",
        .nonEmptyString,
        help: "The service that spans say they come from; without it the attribute service.name, or task-server.",
        environment: "OTEL_SERVICE_NAME"
    )
    static let otelResourceAttributes = Setting(
        "otel-resource-attributes",
        default: "",
        help: "What else spans say of this process, name=value,name=value, percent-encoded.",
        environment: "OTEL_RESOURCE_ATTRIBUTES"
    )
    static let otelTracesExporter = Setting(
        "otel-traces-exporter",
        default: TracesExporter.otlp,
        help: "none exports no spans, whatever the endpoint.",
        environment: "OTEL_TRACES_EXPORTER"
    )
    static let otelTracesSampler = Setting(
        "otel-traces-sampler",
        default: TracesSampler.parentBasedAlwaysOn,
        help: "Which traces are recorded; parentbased_ follows the caller's decision where there is a caller.",
        environment: "OTEL_TRACES_SAMPLER"
    )
    static let otelTracesSamplerArgument = Setting(
        optional: "otel-traces-sampler-arg",
        .fraction,
        help: "The share of traces that the samplers with traceidratio record, from 0 to 1; without it all.",
        environment: "OTEL_TRACES_SAMPLER_ARG"
    )
    static let otelDisabled = Setting(
        "otel-sdk-disabled",
        default: false,
        help: "Export no spans, whatever else is set.",
        environment: "OTEL_SDK_DISABLED"
    )
    static let spanQueueSize = Setting(
        "otel-bsp-max-queue-size",
        default: 2048,
        range: 1...1_000_000,
        help: "The most spans that wait for the collector; more are dropped and counted.",
        environment: "OTEL_BSP_MAX_QUEUE_SIZE"
    )
    static let spanBatchSize = Setting(
        "otel-bsp-max-export-batch-size",
        default: 512,
        range: 1...10_000,
        help: "The most spans in one export; not above the queue's size.",
        environment: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
    )
    static let spanDelay = Setting(
        "otel-bsp-schedule-delay",
        default: 5000,
        range: 1...600_000,
        help: "How many milliseconds spans wait for an export to be full.",
        environment: "OTEL_BSP_SCHEDULE_DELAY"
    )
    static let spanExportTimeout = Setting(
        "otel-bsp-export-timeout",
        default: 30_000,
        range: 1...600_000,
        help: "The most milliseconds for one export with its repetitions; then it is dropped and counted.",
        environment: "OTEL_BSP_EXPORT_TIMEOUT"
    )

    /// All of them, in the order of the help.
    static let tracing: [any AnySetting] = [
        otlpEndpoint, otlpTracesEndpoint, otlpProtocol, otlpHeaders, otlpTimeout, otlpCertificate, otelServiceName,
        otelResourceAttributes, otelTracesExporter, otelTracesSampler, otelTracesSamplerArgument, otelDisabled,
        spanQueueSize, spanBatchSize, spanDelay, spanExportTimeout,
    ]
}

/// The protocols that OpenTelemetry knows.
enum OTLPProtocol: String, CaseIterable, Sendable {
    case protobuf = "http/protobuf"
    case json = "http/json"
    case grpc
}

/// The exporters of spans that are known here.
enum TracesExporter: String, CaseIterable, Sendable {
    case otlp, none
}

/// OpenTelemetry's own samplers.
enum TracesSampler: String, CaseIterable, Sendable {
    case alwaysOn = "always_on"
    case alwaysOff = "always_off"
    case traceIDRatio = "traceidratio"
    case parentBasedAlwaysOn = "parentbased_always_on"
    case parentBasedAlwaysOff = "parentbased_always_off"
    case parentBasedTraceIDRatio = "parentbased_traceidratio"
}
