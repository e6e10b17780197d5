/// One thing that happened to one task: an entry of the book's journal.
package struct TaskChange: Hashable, Sendable {
    /// What kind of thing happened; an event of it has the type `task.` and this word.
    package enum Kind: String, CaseIterable, Sendable {
        case created
        case updated
        case completed
        case reopened
        case deleted
    }

    /// The place in the book's journal: 1, 2, 3 … without gaps.
    package var sequence: Int
    /// When; never earlier than the change before it.
    package var time: Timestamp
    /// What kind of thing happened.
    package var kind: Kind
    /// The task it happened to.
    package var taskID: TaskID
    /// The task's version after the change; after a delete the one it would have.
    package var version: Int
    /// The fields that changed, as they were; nothing for a created task.
    package var before: TaskPatch
    /// The fields that changed, as they are now; nothing for a deleted task.
    package var after: TaskPatch
    /// Who did it.
    package var actor: OwnerID
    /// Through which door.
    package var channel: Channel
    /// The `traceparent` of the request.
    package var trace: String?
    /// The idempotency key it came with, hashed.
    package var key: KeyHash?

    /// Makes a change of its parts.
    package init(
        sequence: Int,
        time: Timestamp,
        kind: Kind,
        taskID: TaskID,
        version: Int,
        before: TaskPatch,
        after: TaskPatch,
        actor: OwnerID,
        channel: Channel,
        trace: String? = nil,
        key: KeyHash? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.taskID = taskID
        self.version = version
        self.before = before
        self.after = after
        self.actor = actor
        self.channel = channel
        self.trace = trace
        self.key = key
    }

    /// The task after this change, when it was `task` before; nil when it is no more, or there was none to change.
    package func result(on task: TaskItem?, owner: OwnerID) -> TaskItem? {
        switch kind {
        case .deleted:
            return nil
        case .created:
            var created = TaskItem(
                id: taskID,
                userID: owner,
                title: "",
                createdAt: time,
                updatedAt: time,
                version: version
            )
            after.apply(to: &created)
            return created
        case .updated, .completed, .reopened:
            guard var changed = task else { return nil }
            after.apply(to: &changed)
            changed.updatedAt = time
            changed.version = version
            return changed
        }
    }
}

/// An idempotency key, hashed together with the door it came through (128 bits, FNV-1a).
///
/// It tells an owner's own keys apart; it protects nothing, so it need not be a cryptographic hash.
package struct KeyHash: Hashable, Sendable {
    private let bits: UInt128

    /// Hashes a key of a door.
    package init(_ key: String, channel: Channel) {
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        func mix(_ byte: UInt8) { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B }
        for byte in channel.rawValue.utf8 { mix(byte) }
        mix(0)
        for byte in key.utf8 { mix(byte) }
        bits = hash
    }

    /// Reads 32 hexadecimal digits; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 32 else { return nil }
        var bits: UInt128 = 0
        for byte in text.utf8 {
            guard let digit = Hexadecimal.value(of: byte) else { return nil }
            bits = bits << 4 | UInt128(digit)
        }
        self.bits = bits
    }

    /// 32 hexadecimal digits.
    package var text: String {
        var text: [UInt8] = []
        for shift in stride(from: 124, through: 0, by: -4) {
            text.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: bits >> UInt128(shift))))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
