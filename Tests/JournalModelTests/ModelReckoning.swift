import Dapr
import JSON
import Synchronization
import Tasks
import TestSupport

@testable import TasksDapr

/// What a run is held to when it is over.
extension ModelRun {
    func check(_ given: [Given], _ finder: ModelEngine, _ seen: ModelCount) async throws {
        for owner in owners {
            let book = try await settled(owner, finder)
            seen.count("changes", by: book.journal.count)
            for command in given where command.owner == owner {
                guard let mark = command.mark else { continue }
                let times = book.journal.count {
                    $0["task"]?["title"]?.stringValue == mark && $0["before"]?["title"] != nil
                        || $0["kind"] == "created" && $0["task"]?["title"]?.stringValue == mark
                }
                switch command.fate {
                case .acknowledged:
                    seen.count("acknowledged")
                    guard times == 1 else {
                        throw Violation("\(owner): \(mark) was acknowledged and is there \(times) times")
                    }
                case .refused:
                    seen.count("refused")
                    guard times == 0 else {
                        throw Violation("\(owner): \(mark) was refused and is there \(times) times")
                    }
                case .unknown:
                    seen.count("unknown")
                    guard times <= 1 else { throw Violation("\(owner): \(mark) is there \(times) times") }
                }
            }
            let heard = broker.heard(owner.rawValue)
            guard heard.count == book.journal.count else {
                throw Violation("\(owner): \(heard.count) changes were published of \(book.journal.count)")
            }
            for (event, change) in zip(heard, book.journal) {
                guard event["type"]?.stringValue == "task.\(change["kind"]?.stringValue ?? "")",
                    event["data"]?["title"] == change["task"]?["title"], event["subject"] == change["task"]?["id"]
                else { throw Violation("\(owner): published \(event), and the journal has \(change)") }
            }
        }
    }

    /// Waits until everything of an owner is published and nothing waits in an outbox, and audits the book.
    private func settled(_ owner: OwnerID, _ finder: ModelEngine) async throws -> (journal: [JSONValue], book: Book) {
        let deadline = ContinuousClock.now + .seconds(20)
        var reasons: [String: Int] = [:]
        func note(_ reason: String) { reasons[reason, default: 0] += 1 }
        var known = 0
        while ContinuousClock.now < deadline {
            // Reading all of it again and again is what a run would mostly do.
            if broker.heard(owner.rawValue).count < known {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            do {
                let reader = JournalReader(dapr: finder.dapr, store: "statestore", owner: owner)
                var journal: [JSONValue] = []
                var book = Book(owner: owner)
                try await reader.commits(from: 1) { record in
                    let value = try? JSONValue(parsing: record.encoded())
                    journal += value?["changes"]?.arrayValue ?? []
                    for entry in record.entries { apply(entry.change, to: &book) }
                    return true
                }
                known = journal.count
                if broker.heard(owner.rawValue).count == journal.count {
                    switch try await BookAudit(dapr: finder.dapr, store: "statestore", owner: owner).run() {
                    case .sound: break
                    case .busy: continue
                    case .different(let key, let why): throw Violation("\(key): \(why)")
                    }
                    // And what an engine lists, which reads the snapshot, is the same.
                    var query = TaskQuery()
                    query.limit = 200
                    do {
                        let page = try await finder.service.list(query, owner: owner, trace: nil)
                        guard page.items == Array(book.tasksInOrder.prefix(200)), page.total == book.count else {
                            throw Violation("\(owner): a list is not what the journal gives")
                        }
                    } catch let error as TaskError {
                        note("\(error)")
                        continue
                    }
                    return (journal, book)
                }
                note("published \(broker.heard(owner.rawValue).count) of \(journal.count)")
            } catch let error as JournalFailure {
                note("\(error)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Violation("\(owner) does not come to rest: \(reasons)")
    }

    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// How often things happened over all runs, so that a test sees that they did.
final class ModelCount: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func count(_ what: String, by times: Int = 1) { counts.withLock { $0[what, default: 0] += times } }

    subscript(what: String) -> Int { counts.withLock { $0[what] ?? 0 } }

    var description: String {
        counts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
    }
}
