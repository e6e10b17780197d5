import DaprText

/// A 128-bit hash that identifies an idempotency key or a command (FNV-1a).
///
/// It distinguishes one owner's keys and commands and protects nothing, so it need not be cryptographic.
package struct Fingerprint: Hashable, Sendable {
    private var hash = FNV1a<UInt128>()

    /// Hashes an idempotency key, together with the door it came through.
    package init(key: String, channel: Channel) {
        mix(channel.rawValue)
        hash.add(key)
    }

    /// Hashes a command, without the conditions under which it came.
    package init(of command: TaskCommand) {
        // A single operation keeps the hash it had before a command could hold several.
        if command.operations.count != 1 { mix("\(command.operations.count) operations") }
        if command.mode == .partial { mix("partial") }
        for operation in command.operations { mix(operation) }
    }

    private mutating func mix(_ operation: TaskOperation) {
        switch operation {
        case .create(let content, let id):
            mix("create", id)
            mix(TaskPatch(of: content), isWhole: true)
        case .replace(let id, let content, let marks):
            mix("replace", id)
            mix(TaskPatch(of: content), isWhole: true)
            // Nothing where none is given, so that a plain replacement keeps the hash that it always had.
            for (mark, value) in marks.sorted {
                mix(mark.rawValue)
                mix(value)
            }
        case .patch(let id, let patch):
            mix("patch", id)
            mix(patch)
        case .edit(let id, let edits):
            mix("edit", id)
            for step in edits.steps { mix(step) }
        case .complete(let id): mix("complete", id)
        case .reopen(let id): mix("reopen", id)
        case .delete(let id): mix("delete", id)
        case .undo(let undo):
            // The same with and without force: who forces it means the same undo.
            mix("undo", undo.id)
            mix("\(undo.command)")
        case .invalid(let faults, _):
            // Without the messages, which another version may word otherwise.
            mix("invalid")
            for fault in faults { mix("\(fault.field) \(fault.code)") }
        }
    }

    private mutating func mix(_ step: TaskEdits.Step) {
        func mix(_ word: String, _ path: EditPath, _ other: FieldValue? = nil) {
            self.mix(word)
            self.mix(path.pointer)
            if let other { self.mix(other) }
        }
        switch step {
        case .add(let path, let value): mix("add", path, value)
        case .remove(let path): mix("remove", path)
        case .replace(let path, let value): mix("replace", path, value)
        case .move(let from, let to): mix("move", from, .string(to.pointer))
        case .copy(let from, let to): mix("copy", from, .string(to.pointer))
        case .test(let path, let value): mix("test", path, value)
        }
    }

    /// Parses 32 hexadecimal digits; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 32 else { return nil }
        var bits: UInt128 = 0
        for byte in text.utf8 {
            guard let digit = Hexadecimal.value(of: byte) else { return nil }
            bits = bits << 4 | UInt128(digit)
        }
        hash.value = bits
    }

    /// 32 hexadecimal digits.
    package var text: String {
        var text: [UInt8] = []
        for shift in stride(from: 124, through: 0, by: -4) {
            text.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: hash.value >> UInt128(shift))))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Ends each text with NUL, which checked text cannot contain, so that ("ab", "c") and ("a", "bc") differ.
    private mutating func mix(_ text: String) {
        hash.add(text)
        hash.add(0)
    }

    private mutating func mix(_ word: String, _ target: TaskTarget) {
        switch target {
        case .task(let id): mix(word, id)
        case .made(let operation):
            mix(word)
            mix("$\(operation)")
        }
    }

    private mutating func mix(_ word: String, _ id: TaskID?) {
        mix(word)
        mix(id?.rawValue ?? "")
    }

    private mutating func mix(_ patch: TaskPatch, isWhole: Bool = false) {
        for field in TaskField.sorted {
            guard let value = patch.value(of: field) else { continue }
            if isWhole, case .null = value, !field.isHashedUnset { continue }
            mix(field.rawValue)
            mix(value)
        }
        mix(patch.completed.map { "\($0)" } ?? "")
    }

    private mutating func mix(_ value: TaskValue) {
        switch value {
        case .null, .other: hash.add(1)
        case .bool(let truth): mix("b\(truth)")
        case .integer(let number): mix("i\(number)")
        case .word(let text), .text(let text): mix("s" + text)
        case .time(let time): mix("s" + time.text)
        case .day(let day): mix("s" + day.text)
        case .id(let id): mix("s" + id.rawValue)
        case .list(let texts):
            for text in texts { mix("s" + text) }
            hash.add(2)
        }
    }
}

extension Fingerprint {
    /// Only what passes the checks of a task reaches a journal, so no text there has the NUL that ends each.
    private mutating func mix(_ given: FieldValue) {
        switch given {
        case .string(let text): mix("s" + text)
        case .integer(let number): mix("i\(number)")
        case .bool(let truth): mix("b\(truth)")
        case .list(let values):
            mix("\(values.count)")
            for value in values { mix(value) }
        case .null, .other: hash.add(1)
        }
    }
}

extension CommandContext {
    /// The fingerprint of the idempotency key, if there is one.
    package var keyFingerprint: Fingerprint? { idempotencyKey.map { Fingerprint(key: $0, channel: channel) } }
}
