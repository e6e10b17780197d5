internal import DaprMetrics
internal import ServiceMetrics

/// The metrics of the books in memory.
struct ShelfMetrics: Sendable {
    let hits: CounterChild
    let loads: CounterChild
    let evictions: CounterChild

    init(_ registry: MetricsRegistry) {
        hits = registry.counter(.bookHits).child()
        loads = registry.counter(.bookLoads).child()
        evictions = registry.counter(.bookEvictions).child()
    }
}
