/// What a write of state was made to depend on, from which a conflict is told from a fault, and a stale version from a key that exists.
///
/// A failed single write answers 409. A failed transaction answers 500 like any fault of the store, and PostgreSQL does so for a
/// single first-write too; then only words in the message tell. The words are believed only if the call had such a guard,
/// and if no key or ETag of it contains them, since a store may quote these in any message.
struct WriteGuards {
    private var hasETag = false
    private var hasFirstWrite = false
    private var quotable: [String] = []

    /// What a call depends on that makes something of a name that must be new.
    static var newName: WriteGuards {
        var guards = WriteGuards()
        guards.hasFirstWrite = true
        return guards
    }

    /// Adds one write of the call.
    mutating func add(key: StateKey, etag: ETag?, concurrency: StateConcurrency?) {
        quotable.append(key.rawValue)
        if let etag {
            quotable.append(etag.rawValue)
            hasETag = true
        } else if concurrency == .firstWrite {
            hasFirstWrite = true
        }
    }

    /// The kind of failure when the answer says that a guard did not hold: a conflict, or that the key exists; else `nil`.
    ///
    /// With guards of both sorts the words tell of a transaction in memory and on PostgreSQL, not on SQLite. Of a save of several they
    /// are not asked, since more than one guard can have failed.
    func failure(told answer: ErrorAnswer, effect: Operation.Effect) -> DaprError.Kind? {
        guard areBroken(by: answer) else { return nil }
        if !hasFirstWrite { return .conflict }
        if !hasETag { return .alreadyExists }
        switch effect {
        case .writes: return saysThatKeyExists(answer.message ?? "") ? .alreadyExists : .conflict
        case .reads, .writesSeveral: return .conflict
        }
    }

    private func areBroken(by answer: ErrorAnswer) -> Bool {
        if answer.status == 409 { return true }
        guard let code = answer.code, Self.codes.contains(code), let message = answer.message else { return false }
        return (hasETag || hasFirstWrite) && says("possible etag mismatch", message)
            || hasETag && says("invalid etag value", message)
            || hasFirstWrite && says("no item was updated", message)
    }

    /// What the in-memory store and PostgreSQL say of a key that exists, and of nothing else.
    private func saysThatKeyExists(_ message: String) -> Bool {
        says("item already exists and no etag was passed", message) || says("no item was updated", message)
    }

    private func says(_ words: String, _ message: String) -> Bool {
        message.contains(words) && !quotable.contains { $0.contains(words) }
    }

    private static let codes: Set<String> = ["ERR_STATE_SAVE", "ERR_STATE_DELETE", "ERR_STATE_TRANSACTION"]
}
