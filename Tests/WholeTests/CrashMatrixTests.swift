import Foundation
import Synchronization
import Testing

/// Everything killed at every moment of a write.
///
/// `CRASH_MATRIX=1` runs all cells and writes `docs/crash-matrix.md`; `CRASH_CELL="server during a takeover, on SQLite"` runs one.
struct CrashMatrixTests {
    private static let isWhole = ProcessInfo.processInfo.environment["CRASH_MATRIX"] == "1"
    /// How many cells run side by side: they wait most of their time.
    private static let width = 4

    private static let someCells = [
        CrashCell(moment: .duringCall, victim: .server, isOnPostgres: false),
        CrashCell(moment: .beforeReply, victim: .sidecar, isOnPostgres: false),
        CrashCell(moment: .beforePublish, victim: .server, isOnPostgres: false),
        CrashCell(moment: .duringTakeover, victim: .server, isOnPostgres: false),
        CrashCell(moment: .beforeReply, victim: .postgres, isOnPostgres: true),
        CrashCell(moment: .beforePublish, victim: .broker, isOnPostgres: false),
    ]

    private static let allCells = CrashMoment.allCases.flatMap { moment in
        CrashVictim.allCases.flatMap { victim in
            [false, true].filter { victim != .postgres || $0 }.map {
                CrashCell(moment: moment, victim: victim, isOnPostgres: $0)
            }
        }
    }

    @Test func `whatever is killed at a moment of a write, what was promised holds`() async throws {
        let one = ProcessInfo.processInfo.environment["CRASH_CELL"]
        let run = CrashRun(
            one.map { name in Self.allCells.filter { $0.name == name } }
                ?? (Self.isWhole ? Self.allCells : Self.someCells)
        )
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width { group.addTask { await run.work() } }
        }
        let outcome = run.broken
        for (cell, text) in outcome { Issue.record("\(cell.name): \(text)") }
        if Self.isWhole, one == nil {
            try Self.table(broken: Set(outcome.keys)).write(to: Self.file, atomically: true, encoding: .utf8)
        }
    }

    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/crash-matrix.md")

    private static func table(broken: Set<CrashCell>) -> String {
        var lines = [
            "# Crash matrix", "",
            "Written by `.ci/run crash_matrix`, which fails when this file is other than what its run gives. Real programs: a fault plan of the",
            "sidecar holds a write at a moment, something is killed with SIGKILL (the broker instead takes nothing for a while), and comes back.",
            "A cell *holds* when then every task that was acknowledged is there once and no other twice, all changes of the journal reach a",
            "subscriber in order that ignores repeats, writes go on, and `task-server verify` finds nothing.", "",
            "The in-memory broker dies with its sidecar: what it had not delivered is published again by `task-server outbox redrive --from`.",
            "",
            "| moment | store | " + CrashVictim.allCases.map(\.rawValue).joined(separator: " | ") + " |",
            "|---|---|" + CrashVictim.allCases.map { _ in "---|" }.joined(),
        ]
        for moment in CrashMoment.allCases {
            for isOnPostgres in [false, true] {
                let cells = CrashVictim.allCases.map { victim in
                    let cell = CrashCell(moment: moment, victim: victim, isOnPostgres: isOnPostgres)
                    return !allCells.contains(cell) ? "–" : broken.contains(cell) ? "**does not hold**" : "holds"
                }
                let store = isOnPostgres ? "PostgreSQL" : "SQLite"
                lines.append("| \(moment.rawValue) | \(store) | \(cells.joined(separator: " | ")) |")
            }
        }
        lines += ["", "How a moment is held:", ""]
        lines += CrashMoment.allCases.map { "- \($0.rawValue): \($0.means)." }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Cells that wait, and those that did not hold.
private final class CrashRun: Sendable {
    private let state: Mutex<(left: ArraySlice<CrashCell>, broken: [CrashCell: String])>

    init(_ cells: [CrashCell]) { state = Mutex((cells[...], [:])) }

    /// Those that did not hold, with why.
    var broken: [CrashCell: String] { state.withLock { $0.broken } }

    /// Runs one after another until none is left.
    func work() async {
        while let cell = state.withLock({ $0.left.popFirst() }) {
            do {
                try await cell.run()
            } catch {
                state.withLock { $0.broken[cell] = "\(error)" }
            }
        }
    }
}
