import DaprJSON
import Settings
import Tasks
import TasksDapr

/// `task-server verify`: replays journals and compares everything stored with them.
struct VerifyCommand {
    private let values: SettingValues

    init(_ values: SettingValues) {
        self.values = values
    }

    /// Looks at each book, and tells of the first thing in it that is not as the journal says.
    ///
    /// - Returns: The exit code: 1 when there is a book that is not sound, or that could not be compared.
    func run() async throws -> Int32 {
        try await SidecarSession.with(values) { session in
            let named = values[ServerSettings.owners]
            let owners = try await session.owners(named)
            if named != nil, let owner = try await session.firstWithoutBook(owners) { throw NoBookError(owner: owner) }
            var report = VerifyReport()
            await session.forEach(owners, sideBySide: values[ServerSettings.sideBySide]) { owner in
                do throws(JournalFailure) {
                    let finding = try await BookAudit(dapr: session.dapr, store: session.store, owner: owner).run()
                    guard values[ServerSettings.outboxToo], case .sound = finding else { return .success(finding) }
                    let audit = PublicationAudit(dapr: session.dapr, store: session.store, owner: owner)
                    let unheard = try await audit.run()
                    return .success(unheard.isEmpty ? finding : .unheard(unheard))
                } catch {
                    return .failure(error)
                }
            } then: { owner, result in
                report.add(owner, result)
            }
            print(values[ServerSettings.json] ? report.json : report.text)
            return report.isSound ? 0 : 1
        }
    }
}

/// What was found in many books.
struct VerifyReport {
    /// A book that is not sound.
    struct Difference {
        let owner: OwnerID
        /// The document it is about; nil when the book could not be compared.
        let key: String?
        let reason: String
        /// The promise that is not kept; nil when that could not be told.
        var broken: Invariant?
    }

    /// How many stretches of changes that nobody heard of are told.
    private static let rangesTold = 3

    private var books = 0
    private var changes = 0
    private var tasks = 0
    private var differences: [Difference] = []

    var isSound: Bool { differences.isEmpty }

    mutating func add(_ owner: OwnerID, _ result: Result<BookAudit.Finding, JournalFailure>) {
        books += 1
        let broken = try? result.get().broken
        switch result {
        case .success(.sound(let changes, let tasks)):
            self.changes += changes
            self.tasks += tasks
        case .success(.different(let key, let reason)):
            differences.append(Difference(owner: owner, key: key, reason: reason, broken: broken))
        case .success(.unheard(let changes)):
            let told = changes.prefix(VerifyReport.rangesTold).map { "\($0.lowerBound) to \($0.upperBound)" }
            let list = told.joined(separator: ", ") + (told.count < changes.count ? ", …" : "")
            let reason =
                "it is not known that anybody has heard of changes \(list); task-server outbox redrive --owner … --from \(changes[0].lowerBound) publishes them"
            differences.append(Difference(owner: owner, key: nil, reason: reason, broken: broken))
        case .success(.busy):
            let reason = "it was written all the time and could not be compared; repeat when there is less to do"
            differences.append(Difference(owner: owner, key: nil, reason: reason))
        case .failure(let failure):
            differences.append(Difference(owner: owner, key: nil, reason: "it could not be read: \(failure)"))
        }
    }

    private var sorted: [Difference] { differences.sorted { $0.owner.rawValue < $1.owner.rawValue } }

    /// A line a difference, then the counts.
    var text: String {
        var lines = sorted.map { difference in
            let broken = difference.broken.map { "(\($0.rawValue))" }
            let parts = [difference.owner.rawValue, difference.key, difference.reason, broken].compactMap(\.self)
            return CommandOutput.plain(parts.joined(separator: "  "))
        }
        lines.append(
            "\(books) books, \(differences.count) not sound; in the others \(changes) changes and \(tasks) tasks"
        )
        return lines.joined(separator: "\n")
    }

    /// `{"books":2,"changes":7,"differences":[{"invariant":"tasksAsJournal","key":"task:u1:…","owner":"u1","reason":"it is missing"}],"tasks":3}`.
    var json: String {
        let list = sorted.map { difference in
            JSONValue.object([
                "invariant": difference.broken.map { .string($0.rawValue) } ?? .null,
                "key": difference.key.map { .string($0) } ?? .null, "owner": .string(difference.owner.rawValue),
                "reason": .string(difference.reason),
            ])
        }
        let object: JSONValue = .object([
            "books": .integer(books), "changes": .integer(changes), "differences": .array(list),
            "tasks": .integer(tasks),
        ])
        return String(decoding: object.serialized(), as: UTF8.self)
    }
}
