import DaprOperatingSystem
import DaprText
import OpenTelemetry
import Settings

/// How spans are recorded and exported.
struct TracingConfiguration: Sendable {
    let endpoint: OTLPEndpoint
    let headers: [(name: String, value: String)]
    let certificateAuthorities: String?
    let serviceName: String?
    let resourceAttributes: [(name: String, value: String)]
    let sampler: Sampler
    let queueSize: Int
    let batchSize: Int
    let export: BatchSpanProcessor.Configuration

    /// Takes the settings; `nil` when no spans are exported, whose other settings are not looked at then.
    ///
    /// - Throws: ``TracingConfigurationError`` for one that cannot be followed.
    init?(_ values: SettingValues) throws(TracingConfigurationError) {
        typealias Keys = ServerSettings
        guard !values[Keys.otelDisabled], values[Keys.otelTracesExporter] == .otlp else { return nil }
        guard let endpoint = try Self.endpoint(values) else { return nil }
        self.endpoint = endpoint
        guard values[Keys.otlpProtocol] == .protobuf else { throw .otherProtocol(values[Keys.otlpProtocol]) }
        guard let headers = KeyValueList(values[Keys.otlpHeaders])?.pairs,
            headers.allSatisfy({ Self.isHeader($0.name, $0.value) })
        else { throw .headers }
        guard let attributes = KeyValueList(values[Keys.otelResourceAttributes])?.pairs else {
            throw .resourceAttributes(values[Keys.otelResourceAttributes])
        }
        guard values[Keys.spanBatchSize] <= values[Keys.spanQueueSize] else {
            throw .batchAboveQueue(values[Keys.spanBatchSize], values[Keys.spanQueueSize])
        }
        self.headers = headers
        resourceAttributes = attributes
        sampler = Self.sampler(values)
        certificateAuthorities = values[Keys.otlpCertificate]
        if let path = certificateAuthorities, SmallFile.bytes(of: path) == nil { throw .certificate(path) }
        serviceName = values[Keys.otelServiceName]
        queueSize = values[Keys.spanQueueSize]
        batchSize = values[Keys.spanBatchSize]
        export = BatchSpanProcessor.Configuration(
            delay: .milliseconds(values[Keys.spanDelay]),
            requestTimeout: .milliseconds(values[Keys.otlpTimeout]),
            batchTimeout: .milliseconds(values[Keys.spanExportTimeout])
        )
    }

    private static func endpoint(_ values: SettingValues) throws(TracingConfigurationError) -> OTLPEndpoint? {
        if let text = values[ServerSettings.otlpTracesEndpoint] {
            guard let endpoint = OTLPEndpoint(traces: text) else {
                throw .endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            }
            return endpoint
        }
        guard let text = values[ServerSettings.otlpEndpoint] else { return nil }
        guard let endpoint = OTLPEndpoint(base: text) else { throw .endpoint("OTEL_EXPORTER_OTLP_ENDPOINT") }
        return endpoint
    }

    private static func sampler(_ values: SettingValues) -> Sampler {
        let sampler = values[ServerSettings.otelTracesSampler]
        switch sampler {
        case .alwaysOn, .parentBasedAlwaysOn: return Sampler(ratio: 1, followsParent: sampler == .parentBasedAlwaysOn)
        case .alwaysOff, .parentBasedAlwaysOff:
            return Sampler(ratio: 0, followsParent: sampler == .parentBasedAlwaysOff)
        case .traceIDRatio, .parentBasedTraceIDRatio:
            let ratio = values[ServerSettings.otelTracesSamplerArgument] ?? 1
            return Sampler(ratio: ratio, followsParent: sampler == .parentBasedTraceIDRatio)
        }
    }

    /// Whether a header may be sent so: a token, and a value without control characters.
    private static func isHeader(_ name: String, _ value: String) -> Bool {
        HTTPToken.isToken(name.utf8) && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

/// A setting of the export of spans that cannot be followed.
enum TracingConfigurationError: Error, CustomStringConvertible {
    case endpoint(String)
    case otherProtocol(OTLPProtocol)
    case headers
    case resourceAttributes(String)
    case batchAboveQueue(Int, Int)
    case certificate(String)

    var description: String {
        switch self {
        case .endpoint(let variable):
            // Not shown, as an address may hold a key.
            "\(variable) is no URL that spans can be sent to; give http://host:4318 or https://host, without user, blanks or #"
        case .otherProtocol(let other):
            "OTEL_EXPORTER_OTLP_PROTOCOL=\(other.rawValue) is not spoken here; every collector takes http/protobuf too, mostly on port 4318: set that, or leave the variable out"
        case .headers:
            "OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value, with everything but printable ASCII percent-encoded and no line breaks"
        case .resourceAttributes(let text):
            "OTEL_RESOURCE_ATTRIBUTES must be name=value,name=value, percent-encoded; it is \(text.debugDescription)"
        case .certificate(let path):
            "OTEL_EXPORTER_OTLP_CERTIFICATE: \(path) cannot be read; name a PEM file, or leave it out for the system's authorities"
        case .batchAboveQueue(let batch, let queue):
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE (\(batch)) must not be above OTEL_BSP_MAX_QUEUE_SIZE (\(queue)): such a batch would never be full"
        }
    }
}
