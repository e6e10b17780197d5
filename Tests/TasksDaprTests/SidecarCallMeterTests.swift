import Dapr
import DaprMetrics
import TasksDapr
import Testing

struct SidecarCallMeterTests {
    @Test func `calls are counted by operation and outcome, and all are timed`() {
        let registry = MetricsRegistry()
        let meter = SidecarCallMeter(registry)
        func call(_ operation: String, _ error: DaprError.Kind?) {
            let span = meter.begin(DaprCall(operation: operation, component: "statestore"))
            #expect(span.trace == nil)
            let end = error.map { DaprError($0, operation: operation) }
            span.end(DaprCallEnd(error: end, duration: .milliseconds(2)))
        }
        for _ in 0..<3 { call("GET state/{store}/{key}", nil) }
        call("GET state/{store}/{key}", .timedOut)
        call("POST publish/{pubsub}/{topic}", .outcomeUnknown)
        let lines = String(decoding: registry.exposition(), as: UTF8.self).split(separator: "\n")
        for line in [
            #"tasks_sidecar_calls_total{operation="GET state/{store}/{key}",outcome="success"} 3"#,
            #"tasks_sidecar_calls_total{operation="GET state/{store}/{key}",outcome="timed_out"} 1"#,
            #"tasks_sidecar_calls_total{operation="POST publish/{pubsub}/{topic}",outcome="outcome_unknown"} 1"#,
            #"tasks_sidecar_call_duration_seconds_bucket{operation="GET state/{store}/{key}",le="0.001"} 0"#,
            #"tasks_sidecar_call_duration_seconds_bucket{operation="GET state/{store}/{key}",le="0.0025"} 4"#,
            #"tasks_sidecar_call_duration_seconds_count{operation="POST publish/{pubsub}/{topic}"} 1"#,
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
    }
}
