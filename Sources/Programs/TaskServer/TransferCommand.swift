import DaprOperatingSystem
import Settings
import Tasks
import TasksDapr

/// `task-server export` and `task-server import`: one owner's book as a file.
struct TransferCommand {
    private static let fileLimit = 1 << 30

    private let values: SettingValues

    init(_ values: SettingValues) {
        self.values = values
    }

    /// Writes a book to a file or to standard output.
    func export() async throws {
        let owner = try OwnerID(named: values[ServerSettings.owner])
        try await SidecarSession.with(values) { session in
            if let owner = try await session.firstWithoutBook([owner]) { throw NoBookError(owner: owner) }
            let output = try LineFile(values[ServerSettings.output])
            var count = 0
            var failure: LineFileError?
            var next = ContinuousClock.now + .seconds(2)
            let counts = try await BookExport(dapr: session.dapr, store: session.store, owner: owner).run { line in
                guard failure == nil else { return }
                do throws(LineFileError) {
                    try output.write(line)
                } catch {
                    failure = error
                }
                count += 1
                guard ContinuousClock.now >= next else { return }
                next = .now + .seconds(2)
                CommandOutput.note("\(count) lines")
            }
            if let failure { throw failure }
            try output.finish()
            CommandOutput.note("\(counts.text) exported")
        }
    }

    /// Writes the book of a file to the store.
    func importBook() async throws {
        let newOwner = try values[ServerSettings.newOwner].map { name in try OwnerID(named: name) }
        let path = values[ServerSettings.input]
        guard let bytes = SmallFile.bytes(of: path, limit: TransferCommand.fileLimit) else {
            throw TransferCommandError.unreadable(path)
        }
        let file = try BookFile(parsing: bytes, for: newOwner)
        try await SidecarSession.with(values) { session in
            var progress = CommandProgress(of: file.counts.changes, "changes")
            let outcome = try await BookImport(dapr: session.dapr, store: session.store, file: file).run {
                progress.reach($0)
            }
            let present = outcome.present == 0 ? "" : "; \(outcome.present) commits were there already"
            print("\(CommandOutput.plain(file.owner.rawValue))  \(file.counts.text) imported\(present)")
        }
    }
}

extension TransferCounts {
    fileprivate var text: String { "\(commits) commits with \(changes) changes, and \(tasks) tasks" }
}

/// Why there is nothing to import.
enum TransferCommandError: Error, CustomStringConvertible {
    case unreadable(String)

    var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path), or it is longer than 1 GiB; name another with --input"
        }
    }
}
