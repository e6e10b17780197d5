import DaprText

/// Where spans are sent to.
///
/// https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
package struct OTLPEndpoint: Sendable, Equatable {
    /// The whole URL, with scheme and path.
    package let url: String

    /// Takes an address for all signals, to which `/v1/traces` is added; `nil` when it is no URL for it.
    package init?(base: String) {
        guard OTLPEndpoint.isURL(base), !base.containsByte("?") else { return nil }
        url = (base.hasByteSuffix("/") ? base : base + "/") + "v1/traces"
    }

    /// Takes an address for traces, which is used as it is; `nil` when it is no URL for it.
    package init?(traces: String) {
        guard OTLPEndpoint.isURL(traces) else { return nil }
        let isBare = !traces.droppingBytes(OTLPEndpoint.schemeLength(traces)).containsByte("/")
        url = isBare ? traces + "/" : traces
    }

    /// The scheme, host and port, for log lines: a path may hold a key.
    package var origin: String {
        let length = OTLPEndpoint.schemeLength(url)
        return String(url.prefix(length)) + url.droppingBytes(length).prefix(beforeByte: "/")
    }

    private static func schemeLength(_ url: String) -> Int { url.hasBytePrefix("https://") ? 8 : 7 }

    /// Whether it is an absolute URL of http or https, without a user, a fragment, blanks, or anything but ASCII.
    private static func isURL(_ text: String) -> Bool {
        guard text.hasBytePrefix("http://") || text.hasBytePrefix("https://") else { return false }
        let authority = text.droppingBytes(schemeLength(text)).prefix(beforeByte: "/")
        return !authority.isEmpty && !authority.containsByte("@") && !authority.containsByte("?")
            && !text.containsByte("#") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
