import Foundation
import Synchronization
import Testing

/// Everything killed at every moment of a write, and what else goes wrong.
///
/// `CRASH_MATRIX=1` runs all cells and writes `docs/crash-matrix.md`; `CRASH_CELL="server during a takeover, on SQLite"` runs one.
struct CrashMatrixTests {
    private static let isWhole = ProcessInfo.processInfo.environment["CRASH_MATRIX"] == "1"
    /// How many cells run side by side: they wait most of their time.
    private static let width = 4

    private static let someCells: [any MatrixCell] = [
        CrashCell(moment: .duringCall, victim: .server, isOnPostgres: false),
        CrashCell(moment: .beforeReply, victim: .sidecar, isOnPostgres: false),
        CrashCell(moment: .beforePublish, victim: .server, isOnPostgres: false),
        CrashCell(moment: .duringTakeover, victim: .server, isOnPostgres: false),
        CrashCell(moment: .beforeReply, victim: .postgres, isOnPostgres: true),
        CrashCell(moment: .beforePublish, victim: .broker, isOnPostgres: false),
        FaultCell(fault: .repeatedTransaction, isOnPostgres: false),
    ]

    private static let kills = CrashMoment.allCases.flatMap { moment in
        CrashVictim.allCases.flatMap { victim in
            [false, true].filter { victim != .postgres || $0 }.map {
                CrashCell(moment: moment, victim: victim, isOnPostgres: $0)
            }
        }
    }

    private static let faults = CrashFault.allCases.flatMap { fault in
        [false, true].map { FaultCell(fault: fault, isOnPostgres: $0) }
    }

    @Test func `whatever is killed at a moment of a write or else goes wrong, what was promised holds`() async throws {
        let one = ProcessInfo.processInfo.environment["CRASH_CELL"]
        // The faults first: they take longest.
        let all: [any MatrixCell] = Self.faults + Self.kills
        let cells = one.map { name in all.filter { $0.name == name } } ?? (Self.isWhole ? all : Self.someCells)
        try #require(!cells.isEmpty, "no cell has this name; there are \(all.map(\.name))")
        let run = CrashRun(cells)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width { group.addTask { await run.work() } }
        }
        let outcome = run.broken
        for (cell, text) in outcome { Issue.record("\(cell): \(text)") }
        if Self.isWhole, one == nil {
            try Self.table(broken: Set(outcome.keys)).write(to: Self.file, atomically: true, encoding: .utf8)
        }
    }

    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/crash-matrix.md")

    private static func table(broken: Set<String>) -> String {
        var lines = [
            "# Crash matrix", "",
            "Written by `.ci/run crash_matrix`, which fails when this file is other than what its run gives. Real programs: a fault plan of the",
            "sidecar holds a write at a moment, something is killed with SIGKILL (the broker instead takes nothing for a while), and comes back.",
            "A cell *holds* when then every task that was acknowledged is there once and no other twice, all changes of the journal reach a",
            "subscriber in order that ignores repeats, writes go on, `task-server verify` and `verify --outbox` find nothing, and a server that",
            "starts afresh answers each `Idempotency-Key` as the first time, byte for byte.", "",
            "What is written at the moment: a batch of 100 tasks, and an undo that brings a deleted task back (during a snapshot 70 tasks by",
            "themselves). Of a batch that was not acknowledged all are there, or none.", "",
            "The in-memory broker dies with its sidecar: what it had not delivered is published again by `task-server outbox redrive --from`.",
            "",
            "| moment | store | " + CrashVictim.allCases.map(\.rawValue).joined(separator: " | ") + " |",
            "|---|---|" + CrashVictim.allCases.map { _ in "---|" }.joined(),
        ]
        for moment in CrashMoment.allCases {
            for isOnPostgres in [false, true] {
                let cells = CrashVictim.allCases.map { victim in
                    let cell = CrashCell(moment: moment, victim: victim, isOnPostgres: isOnPostgres)
                    return kills.contains(cell) ? word(cell, broken) : "–"
                }
                let store = isOnPostgres ? "PostgreSQL" : "SQLite"
                lines.append("| \(moment.rawValue) | \(store) | \(cells.joined(separator: " | ")) |")
            }
        }
        lines += ["", "How a moment is held:", ""]
        lines += CrashMoment.allCases.map { "- \($0.rawValue): \($0.means)." }
        lines += [
            "", "What else goes wrong:", "", "| fault | SQLite | PostgreSQL | |", "|---|---|---|---|",
        ]
        for fault in CrashFault.allCases {
            let words = [false, true].map { word(FaultCell(fault: fault, isOnPostgres: $0), broken) }
            lines.append("| \(fault.rawValue) | \(words.joined(separator: " | ")) | \(fault.means) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func word(_ cell: any MatrixCell, _ broken: Set<String>) -> String {
        broken.contains(cell.name) ? "**does not hold**" : "holds"
    }
}

/// Cells that wait, and those that did not hold.
private final class CrashRun: Sendable {
    private let state: Mutex<(left: ArraySlice<any MatrixCell>, broken: [String: String])>

    init(_ cells: [any MatrixCell]) { state = Mutex((cells[...], [:])) }

    /// The names of those that did not hold, with why.
    var broken: [String: String] { state.withLock { $0.broken } }

    /// Runs one after another until none is left.
    func work() async {
        while let cell = state.withLock({ $0.left.popFirst() }) {
            do {
                try await cell.run()
            } catch {
                state.withLock { $0.broken[cell.name] = "\(error)" }
            }
        }
    }
}
