import Foundation
import Glibc
import Testing

/// What else goes wrong, beside programs that are killed.
enum CrashFault: String, CaseIterable, Sendable {
    case bulkOverLimit = "a bulk delivery over the limit"
    case omittedKeys = "keys left out of bulk reads"
    case latePage = "a page of a snapshot that comes late"
    case clockJump = "a clock that jumps by a month"
    case lostGround = "a store that goes back in time"
    case longPause = "a pause beyond the lease"
    case lateRelease = "a release of slots that comes late"
    case repeatedTransaction = "transactions that are repeated inside"

    /// What the sidecar does meanwhile.
    var plan: String? {
        switch self {
        case .bulkOverLimit: "state.transact key=log:bob:* match=1 -> delay 800ms"
        case .omittedKeys: "state.bulk-get -> omit"
        case .latePage: "state.transact key=page:demo:* match=1 -> late 1500ms"
        case .longPause: "publish.bulk match=1 -> delay 800ms"
        case .lateRelease:
            "state.transact key=pub:demo match=1 -> late 1900ms\npublish.bulk match=2- -> fail 503 ERR_PUBSUB_PUBLISH_MESSAGE"
        case .repeatedTransaction:
            "state.transact -> repeat\npublish.bulk match=2- -> fail 503 ERR_PUBSUB_PUBLISH_MESSAGE"
        case .clockJump, .lostGround: nil
        }
    }

    /// What happens, for people.
    var means: String {
        switch self {
        case .bulkOverLimit:
            "a bulk of commands that is longer than the endpoint takes is refused whole, and its commands are carried out when they come again by themselves; one that is too long costs its neighbours in a delivery nothing; a delivery whose server is killed in the middle comes again to another"
        case .omittedKeys:
            "each bulk read is answered 200 and says of some keys that they are missing; one server of two is killed with unpublished changes, and cold ones read the book"
        case .latePage:
            "the store writes a page after its writer gave it up, and after two newer snapshots; the server is killed"
        case .clockJump:
            "the wall clock of one server of two jumps 31 days ahead and then 31 days behind; commits are kept for 30 days"
        case .lostGround:
            "the store is put back to a copy (the sidecar's file, or PostgreSQL's data) while two servers run and are asked to write; what was acknowledged since the copy is gone, nothing that is acknowledged afterwards is, and a subscriber that begins anew hears the journal"
        case .longPause:
            "a server gets SIGSTOP with a change that it has not published, another takes its lease over and writes, then it goes on; then the same the other way round"
        case .lateRelease:
            "the transaction that gives a slot back is cut, and done after the next commits, none of which is published when the server is killed"
        case .repeatedTransaction:
            "each transaction is done twice, so that its answer is that of the repeat; the server is killed with unpublished changes of two owners"
        }
    }
}

/// One cell: something goes wrong on one of the stores, and then what was promised is asked for.
struct FaultCell: MatrixCell {
    let fault: CrashFault
    let isOnPostgres: Bool

    var name: String { "\(fault.rawValue), on \(isOnPostgres ? "PostgreSQL" : "SQLite")" }
    var servers: Int { 2 }
    /// As good for a server whose clock is a month behind as for one a month ahead.
    var signing: [String: String] { fault == .clockJump ? FakedClock.environment("-40d") : [:] }

    func run() async throws {
        try await withInstallation { installation, database, subscriber in
            let sidecar = try await installation.startSidecar(
                app: subscriber.port,
                faults: fault.plan.map { $0 + "\n" }
            )
            var scene = FaultScene(installation: installation, subscriber: subscriber, sidecar: sidecar)
            switch fault {
            case .bulkOverLimit: try await scene.deliverBulks()
            case .omittedKeys: try await scene.omitKeys()
            case .latePage: try await scene.writePageLate()
            case .clockJump: try await scene.jump()
            case .lostGround: try await scene.loseGround(database)
            case .longPause: try await scene.pause()
            case .lateRelease: try await scene.releaseLate()
            case .repeatedTransaction: try await scene.repeatTransactions()
            }
            try await scene.reckon()
        }
    }
}

/// A server's clock as a file says.
struct FakedClock {
    private let file: URL

    init(in folder: URL) throws {
        file = folder.appendingPathComponent("clock")
        try set("+0")
    }

    /// What a program is started with that goes by it.
    var environment: [String: String] {
        FakedClock.preload.merging(["FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1"]) { $1 }
    }

    /// What a program is started with whose clock is so far off.
    static func environment(_ offset: String) -> [String: String] {
        preload.merging(["FAKETIME": offset]) { $1 }
    }

    /// Has the clock jump to so much before or after the right time.
    func set(_ offset: String) throws { try Data("\(offset)\n".utf8).write(to: file, options: .atomic) }

    // The dynamic linker knows what `$LIB` is on this machine.
    private static let preload = [
        "LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
}
