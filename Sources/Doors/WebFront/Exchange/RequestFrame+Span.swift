import DaprHTTP
import DaprText
import OpenTelemetry

extension RequestFrame {
    /// Records the span of a request, by the conventions for HTTP servers.
    ///
    /// The path is left out, since it names users and tasks: the route says as much as can be said.
    /// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
    @inline(never)
    func record(_ status: HTTPStatus, _ request: HTTPRequest, _ exchange: Exchange, _ tracer: Tracer) {
        guard !RequestFrame.unrecorded.contains(where: { $0.hasSameBytes(as: exchange.route) }) else { return }
        // A method is whatever the client wrote.
        let method = request.method.isKnown ? request.method.rawValue : nil
        var attributes: [Span.Attribute] = [
            .init("http.request.method", method ?? "_OTHER"), .init("url.scheme", "http"),
            .init("http.response.status_code", status.code),
        ]
        var name = method ?? "HTTP"
        if exchange.route.hasBytePrefix("/") {
            attributes.append(.init("http.route", exchange.route))
            name += " \(exchange.route)"
        }
        if status.code >= 500 { attributes.append(.init("error.type", String(status.code))) }
        tracer.record(
            Span(
                name,
                .server,
                exchange.trace,
                parent: exchange.caller,
                begin: exchange.started,
                attributes: attributes,
                hasFailed: status.code >= 500
            )
        )
    }

    /// What machines ask for all the time, and nobody looks for.
    private static let unrecorded = ["/health", "/ready", "/metrics"]
}
