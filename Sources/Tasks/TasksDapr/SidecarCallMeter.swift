package import Dapr
package import DaprMetrics
internal import DaprText
internal import ServiceMetrics
internal import Synchronization

/// Counts the calls of a `DaprClient` by operation and outcome, and the time they take.
package final class SidecarCallMeter: DaprInstrumentation {
    /// The series of one operation, looked up once.
    private struct Series {
        let successes: CounterChild
        let durations: HistogramChild
    }

    private let calls: Counter
    private let durations: Histogram
    private let series = Mutex<[ExactText: Series]>([:])

    /// Makes a meter that counts in a registry.
    package init(_ registry: MetricsRegistry) {
        calls = registry.counter(.sidecarCalls)
        durations = registry.histogram(.sidecarCallDuration)
    }

    package func begin(_ call: DaprCall) -> DaprCallSpan {
        let operation = call.operation
        let series = series(of: operation)
        return DaprCallSpan { [calls] end in
            if end.error == nil {
                series.successes.increment()
            } else {
                calls.increment(operation, end.outcome)
            }
            series.durations.observe(end.duration)
        }
    }

    private func series(of operation: String) -> Series {
        series.withLock { known in
            if let series = known[ExactText(operation)] { return series }
            let success = DaprCallEnd(error: nil, duration: .zero).outcome
            let series = Series(
                successes: calls.child(operation, success),
                durations: durations.child(operation)
            )
            known[ExactText(operation)] = series
            return series
        }
    }
}
