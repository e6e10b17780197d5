import Settings
import Tasks
import TasksDapr

/// `task-server migrate`: brings commit records to another format.
struct MigrateCommand {
    private let values: SettingValues

    init(_ values: SettingValues) {
        self.values = values
    }

    /// Goes through the books.
    ///
    /// - Returns: The exit code: 1 when there is a book that was not migrated.
    func run() async throws -> Int32 {
        let format = values[ServerSettings.format]
        let isDryRun = values[ServerSettings.dryRun]
        let bringsSnapshotsBack = values[ServerSettings.snapshotFormat] != nil
        return try await SidecarSession.with(values) { session in
            let owners = try await session.owners(values[ServerSettings.owners])
            if values[ServerSettings.owners] != nil, let owner = try await session.firstWithoutBook(owners) {
                throw NoBookError(owner: owner)
            }
            var total = BookMigration.Outcome()
            var failed = 0
            await session.forEach(owners, sideBySide: values[ServerSettings.sideBySide]) { owner in
                let migration = BookMigration(
                    dapr: session.dapr,
                    store: session.store,
                    owner: owner,
                    to: format,
                    isDryRun: isDryRun
                )
                do throws(MigrationFailure) {
                    // The journal first: what it holds may not fit at all.
                    let outcome = try await migration.run()
                    if bringsSnapshotsBack {
                        _ = try await SnapshotMigration(dapr: session.dapr, store: session.store, owner: owner)
                            .run(isDryRun: isDryRun)
                    }
                    return Result<BookMigration.Outcome, MigrationFailure>.success(outcome)
                } catch {
                    return .failure(error)
                }
            } then: { owner, result in
                switch result {
                case .success(let outcome):
                    total.commits += outcome.commits
                    total.changed += outcome.changed
                    total.left += outcome.left
                case .failure(let failure):
                    failed += 1
                    print(CommandOutput.plain("\(owner)  \(failure)"))
                }
            }
            let verb = isDryRun ? "would be brought" : "brought"
            print("\(owners.count) books, \(total.commits) commits: \(total.changed) \(verb) to format \(format)")
            if total.left > 0 {
                print("\(total.left) stay in format 1: the commits that they follow from were removed as too old")
            }
            if failed > 0 { print("\(failed) books were not migrated; see to them and repeat") }
            return failed == 0 ? 0 : 1
        }
    }
}
