internal import DaprMetrics
internal import ServiceMetrics
internal import Tasks

extension MetricsRegistry {
    /// Shows what of the journal is in memory, as it is whenever somebody asks.
    func showJournal(shelf: BookShelf, relay: EventRelay, outbox: Outbox, now: @escaping @Sendable () -> Timestamp) {
        callback(.books) { Double(shelf.count) }
        callback(.bookBytes) { Double(shelf.bytes) }
        callback(.waitingEvents) { Double(relay.waiting) }
        callback(.outboxOwners) { Double(outbox.count) }
        callback(.oldestEventAge) {
            relay.oldest.map { Double(max(now().milliseconds - $0.milliseconds, 0)) / 1000 } ?? 0
        }
    }
}
