import Dapr

/// The message that spans travel in: `ExportTraceServiceRequest`.
///
/// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
struct ExportRequest {
    /// The same moment on both clocks: spans are measured by one that never jumps, and told by the time of day.
    struct Moment {
        let monotonic: ContinuousClock.Instant
        /// Since 1970 began.
        let nanoseconds: Int64

        /// The time of day at an instant, in nanoseconds since 1970 began.
        func nanoseconds(at instant: ContinuousClock.Instant) -> UInt64 {
            let (seconds, attoseconds) = (instant - monotonic).components
            return UInt64(clamping: nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        }
    }

    let resource: Resource
    /// The version of the program, which is what instruments itself.
    let version: String
    let spans: [Span]
    let now: Moment

    /// The message, encoded.
    var bytes: [UInt8] {
        var message = ProtobufWriter(capacity: 512 * (spans.count + 1))
        message.write(1) { message in
            message.write(1) { message in
                for attribute in resource.attributes { message.write(1, attribute) }
            }
            message.write(2) { message in
                message.write(1) { message in
                    message.write(1, "dapr-tasks")
                    message.write(2, version)
                }
                for span in spans { message.write(2, span, now) }
            }
        }
        return message.bytes
    }
}

extension ProtobufWriter {
    /// `ScopeSpans.spans`.
    fileprivate mutating func write(_ field: UInt64, _ span: Span, _ now: ExportRequest.Moment) {
        write(field) { message in
            message.write(ids: span.context)
            if let parent = span.parent { message.write(4, hexadecimal: spanDigits, of: parent.traceparent) }
            message.write(5, span.name)
            message.write(6, span.kind.rawValue)
            message.write(fixed: 7, now.nanoseconds(at: span.begin))
            message.write(fixed: 8, now.nanoseconds(at: span.end))
            for attribute in span.attributes { message.write(9, attribute) }
            for link in span.links {
                message.write(13) { message in
                    message.write(ids: link)
                    message.write(fixed: 6, UInt32(1))
                }
            }
            if span.hasFailed {
                // Status with code ERROR; its text may say what nobody outside should read.
                message.write(15) { message in message.write(3, 2) }
            }
            // Sampled: others are not recorded.
            message.write(fixed: 16, UInt32(1))
        }
    }

    /// `trace_id` and `span_id`.
    private mutating func write(ids context: TraceContext) {
        write(1, hexadecimal: 3..<35, of: context.traceparent)
        write(2, hexadecimal: spanDigits, of: context.traceparent)
    }

    /// `KeyValue`.
    fileprivate mutating func write(_ field: UInt64, _ attribute: Span.Attribute) {
        write(field) { message in
            message.write(1, attribute.key)
            message.write(2) { message in
                switch attribute.value {
                case .text(let text): message.write(1, text)
                case .integer(let number): message.write(member: 3, number)
                }
            }
        }
    }
}

/// Where the id of the span stands in a `traceparent`.
private let spanDigits = 36..<52
