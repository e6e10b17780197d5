import Dapr
import DaprText
import Testing

@testable import OpenTelemetry

/// What goes to a collector and what it answers, held to bytes that Google's own library wrote.
struct ExportTests {
    @Test func `spans are encoded as the specification's own messages are`() throws {
        let now = ContinuousClock.now
        let span = Span(
            "commit",
            .internal,
            try .sample(),
            parent: try .sample("b7ad6b7169203331"),
            begin: now - .seconds(1),
            end: now + .nanoseconds(1),
            attributes: [.init("a", "é"), .init("n", 300), .init("z", 0), .init("m", -1)],
            links: [
                try #require(
                    TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01")
                )
            ],
            hasFailed: true
        )
        let request = ExportRequest(
            resource: Resource([.init("service.name", "s")]),
            version: "1",
            spans: [span],
            now: .init(monotonic: now, nanoseconds: 1_767_323_045_000_000_000)
        )
        // opentelemetry-proto 1.45.2, `ExportTraceServiceRequest.SerializeToString()`.
        let expected =
            "0acd010a150a130a0c736572766963652e6e616d6512030a017312b3010a0f0a0a646170722d7461736b73120131129f010a10"
            + "4bf92f3577b34da6a3ce929d0e0e4736120800f067aa0ba902b72208b7ad6b71692033312a06636f6d6d69743001390068fbe0"
            + "f1ca8618410132961cf2ca86184a090a016112040a02c3a94a080a016e120318ac024a070a017a120218004a100a016d120b18"
            + "ffffffffffffffffff016a210a100af7651916cd43dd8448eb211c80319c1208b7ad6b716920333235010000007a0218028501"
            + "01000000"
        #expect(Self.hexadecimal(request.bytes) == expected)
    }

    @Test func `a span without parent, attributes or failure has none of them in its message`() throws {
        let now = ContinuousClock.now
        let span = Span("GET", .server, try .sample(), parent: nil, begin: now, end: now, attributes: [])
        let request = ExportRequest(
            resource: Resource([.init("a", "b")]),
            version: "1",
            spans: [span],
            now: .init(monotonic: now, nanoseconds: 1)
        )
        let tail = "2a034745543002" + "390100000000000000" + "410100000000000000" + "850101000000"
        #expect(Self.hexadecimal(request.bytes).hasSuffix("1208" + "00f067aa0ba902b7" + tail))
    }

    @Test(arguments: [
        (200, nil, "", ExportOutcome.accepted(rejected: 0, message: "")),
        (200, nil, "0a0b08031207746f6f206f6c64", .accepted(rejected: 3, message: "too old")),
        // No message at all, and one that is cut short: what was sent was taken.
        (202, nil, "ffff", .accepted(rejected: 0, message: "")),
        (200, nil, "0a0b0803", .accepted(rejected: 0, message: "")),
        (400, nil, "", .refused("status 400")), (404, "5", "", .refused("status 404")),
        (301, nil, "", .refused("status 301")), (500, nil, "", .refused("status 500")),
        (429, "7", "", .unavailable(retryAfter: .seconds(7), "status 429")),
        (502, nil, "", .unavailable(retryAfter: nil, "status 502")),
        (503, "Fri, 31 Dec 1999 23:59:59 GMT", "", .unavailable(retryAfter: nil, "status 503")),
        (504, "-3", "", .unavailable(retryAfter: .zero, "status 504")),
    ])
    func `an answer is judged by its status`(
        status: Int,
        retryAfter: String?,
        body: String,
        outcome: ExportOutcome
    ) {
        let digits = Array(body.utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).map { place in
            (Hexadecimal.value(of: digits[place]) ?? 0) << 4 | (Hexadecimal.value(of: digits[place + 1]) ?? 0)
        }
        #expect(ExportOutcome(status: status, retryAfter: retryAfter, body: bytes) == outcome)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in String([byte >> 4, byte & 15].map { Character(Unicode.Scalar(Hexadecimal.digit($0))) }) }
            .joined()
    }
}
