import Dapr
import DaprJSON

/// What a writer was told of its write.
enum Fate: Hashable, Sendable {
    case success, unknown
    /// The ETag that was read is not the stored one any more.
    case conflict
    /// Nothing was there when it was read, and now something is.
    case exists
    /// Nothing was sent, for sure.
    case unsent
}

/// Writers who have all read the same and now write the same key at once, each something of its own.
struct WriterRound: Sendable {
    /// What the writers do.
    enum Form: CaseIterable, Sendable {
        /// One save each, with the ETag they read, or as a first write.
        case saves
        /// A save by all but the first, who deletes.
        case savesAndDelete
        /// A transaction each, whose other steps have no guard.
        case transactions
    }

    let number: Int
    let form: Form
    let key: StateKey
    let writers: Int

    /// A key that only one writer writes, in its transaction, and one that it removes there.
    private func mark(_ writer: Int) -> StateKey { StateKey("mark:\(number):\(writer)") }
    private func gone(_ writer: Int) -> StateKey { StateKey("gone:\(number):\(writer)") }

    /// Plays the round and checks that what the writers were told is what the store has.
    ///
    /// - Returns: What they were told, and whether an unknown write turned out to have happened.
    /// - Throws: ``Untrue`` when somebody was told what is not so.
    func play(_ dapr: DaprClient, reader: DaprClient) async throws -> (fates: [Fate], unknownHappened: Bool) {
        if form == .transactions {
            let leftovers = (0..<writers).map { StateItem(gone($0), value: "here") }
            try await persistently { () throws(DaprError) in try await reader.saveState(leftovers, in: "statestore") }
        }
        let before = try await persistently { () throws(DaprError) in try await reader.getState(key, in: "statestore") }
        let fates = try await withThrowingTaskGroup(of: (Int, Fate).self) { group in
            for writer in 0..<writers {
                group.addTask { (writer, try await write(writer, before?.etag, dapr)) }
            }
            return try await group.reduce(into: [Fate](repeating: .unsent, count: writers)) { $0[$1.0] = $1.1 }
        }
        return (fates, try await check(fates, before, reader))
    }

    private func write(_ writer: Int, _ etag: ETag?, _ dapr: DaprClient) async throws -> Fate {
        let item = StateItem(
            key,
            value: .string(name(writer)),
            etag: etag,
            concurrency: etag == nil ? .firstWrite : nil
        )
        do throws(DaprError) {
            switch form {
            case .savesAndDelete where writer == 0 && etag != nil:
                try await dapr.deleteState(key, in: "statestore", etag: etag)
            case .saves, .savesAndDelete:
                try await dapr.saveState([item], in: "statestore")
            case .transactions:
                let others: [StateOperation] = [
                    .upsert(StateItem(mark(writer), value: true)), .delete(gone(writer)),
                ]
                // The guarded step comes first, last or between.
                var steps = others
                steps.insert(.upsert(item), at: writer % 3)
                try await dapr.transactState(steps, in: "statestore")
            }
            return .success
        } catch {
            switch (error.kind, error.outcomeUnknown) {
            // A first write can meet only the one, and a write with an ETag only the other, alone and in a transaction.
            case (.alreadyExists, false) where etag == nil: return .exists
            case (.conflict, false) where etag != nil: return .conflict
            case (.outcomeUnknown, true): return .unknown
            case (.unreachable, false): return .unsent
            default: throw error
            }
        }
    }

    /// Reads what became of the round; this is how an unknown outcome is resolved.
    private func check(_ fates: [Fate], _ before: StateEntry?, _ reader: DaprClient) async throws -> Bool {
        let keys = [key] + (0..<writers).flatMap { [mark($0), gone($0)] }
        let after = try await persistently { () throws(DaprError) in
            try await reader.getBulkState(keys, in: "statestore")
        }
        let value = after[key]?.entry?.value
        var untrue: [String] = []
        func check(_ holds: Bool, _ words: String) { if !holds { untrue.append(words) } }
        let happened = (0..<writers).filter { writer in
            let isDelete = form == .savesAndDelete && writer == 0 && before != nil
            return isDelete ? value == nil : value == JSONValue.string(name(writer)).serialized()
        }
        check(happened.count <= 1, "several writes happened")
        if happened.isEmpty { check(value == before?.value, "nobody wrote, and the value is another one") }
        for (writer, fate) in fates.enumerated() {
            let isWritten = happened.contains(writer)
            switch fate {
            case .success: check(isWritten, "writer \(writer) was told of a success that did not happen")
            case .conflict:
                check(!isWritten, "writer \(writer) was told of a conflict, and its write happened")
                check(!happened.isEmpty, "writer \(writer) was told of a conflict, and nobody wrote")
            case .exists:
                check(before == nil, "writer \(writer) was told that the key exists, and had its ETag")
                check(!isWritten, "writer \(writer) was told that the key exists, and wrote it")
                check(!happened.isEmpty, "writer \(writer) was told that the key exists, and nobody wrote")
            case .unsent: check(!isWritten, "writer \(writer) was told that nothing was sent, and its write happened")
            case .unknown: break
            }
            guard form == .transactions else { continue }
            check((after[mark(writer)]?.entry != nil) == isWritten, "a transaction of \(fate) happened in part")
            check((after[gone(writer)]?.entry == nil) == isWritten, "a transaction of \(fate) removed in part")
        }
        if !untrue.isEmpty { throw Untrue(round: self, fates: fates, words: untrue) }
        return happened.contains { fates[$0] == .unknown }
    }

    private func name(_ writer: Int) -> String { "written by \(writer) in round \(number)" }

    /// Does what can be done again until it is done.
    private func persistently<Value>(_ body: () async throws(DaprError) -> Value) async throws(DaprError) -> Value {
        for _ in 0..<100 {
            do throws(DaprError) {
                return try await body()
            } catch {
                switch error.kind {
                case .unreachable, .outcomeUnknown: continue
                case .refused where error.status == 500: continue
                default: throw error
                }
            }
        }
        return try await body()
    }
}

/// A round in which somebody was told what is not so.
struct Untrue: Error, CustomStringConvertible {
    let round: WriterRound
    let fates: [Fate]
    let words: [String]

    var description: String { "\(words.joined(separator: "; ")): \(fates) in \(round)" }
}
