/// What a write of state was made to depend on, from which a conflict is told from a fault.
///
/// A failed single write answers 409. A failed transaction answers 500 like any fault of the store, and PostgreSQL does so for a
/// single first-write too; then only words in the message tell. The words are believed only if the call had such a guard,
/// and if no key of it contains them, since a store may quote a key in any message.
struct WriteGuards {
    private(set) var hasETag = false
    private(set) var hasFirstWrite = false
    private var keys: [String] = []

    /// Adds one write of the call.
    mutating func add(key: StateKey, etag: ETag?, concurrency: StateConcurrency?) {
        keys.append(key.rawValue)
        if etag != nil { hasETag = true } else if concurrency == .firstWrite { hasFirstWrite = true }
    }

    /// Whether the answer says that a guard did not hold.
    func areBroken(by answer: ErrorAnswer) -> Bool {
        if answer.status == 409 { return true }
        guard let code = answer.code, Self.codes.contains(code), let message = answer.message else { return false }
        return (hasETag || hasFirstWrite) && says("possible etag mismatch", message)
            || hasETag && says("invalid etag value", message)
            || hasFirstWrite && says("no item was updated", message)
    }

    private func says(_ words: String, _ message: String) -> Bool {
        message.contains(words) && !keys.contains { $0.contains(words) }
    }

    private static let codes: Set<String> = ["ERR_STATE_SAVE", "ERR_STATE_DELETE", "ERR_STATE_TRANSACTION"]
}
