import Dapr
import DaprJSON
import DaprLog
import DaprMetrics
import DaprOperatingSystem
import DaprText
import Settings
import Tasks
import TasksDapr

/// `task-server deadletter …`: looks at the events that nobody could handle, and sends them again, through the server's sidecar.
struct DeadLetterCommand {
    private let values: SettingValues

    init(_ values: SettingValues) {
        self.values = values
    }

    /// Prints all, a line each.
    func list() async throws {
        try await withStore { store in
            let (ids, dropped) = try await store.index()
            let letters = try await store.letters(ids)
            guard !values[ServerSettings.json] else {
                let answer: JSONValue = .object([
                    "dead_letters": .array(letters.map { $0.json(isWhole: false) }), "dropped": .integer(dropped),
                ])
                return print(String(decoding: answer.serialized(), as: UTF8.self))
            }
            for letter in letters {
                let fields = [
                    letter.id, letter.last.text, letter.topic.rawValue, letter.event.type, letter.event.id,
                    letter.code ?? "-", letter.reason ?? "the sidecar gave up",
                ]
                print(fields.map(CommandOutput.plain).joined(separator: "  "))
            }
            print("\(letters.count) kept, \(dropped) dropped to make room")
        }
    }

    /// Prints one with its event.
    func show() async throws {
        let id = try id()
        try await withStore { store in
            print(String(decoding: try await store.letter(id).json(isWhole: true).serialized(), as: UTF8.self))
        }
    }

    /// Sends one or all again.
    ///
    /// - Returns: The exit code: 1 when there is one that could not be sent.
    func redrive() async throws -> Int32 {
        let isAll = values[ServerSettings.all]
        guard isAll != (values.operand != nil) else { throw DeadLetterCommandError.oneOrAll }
        return try await withStore { store in
            let redrive = DeadLetterRedrive(store, pubsub: PubSubName(values[ServerSettings.pubsub]))
            var code: Int32 = 0
            for id in isAll ? try await store.index().ids : [try self.id()] {
                do throws(DeadLetterError) {
                    print("\(id)  \(try await redrive.redrive(id).rawValue)")
                } catch {
                    // Others may do better; this one is still kept.
                    guard isAll else { throw error }
                    print("\(id)  \(error)")
                    code = 1
                }
            }
            return code
        }
    }

    /// Forgets one.
    func remove() async throws {
        let id = try id()
        try await withStore { store in
            _ = try await store.letter(id)
            try await store.remove(id)
        }
        print("\(id)  removed")
    }

    private func id() throws(DeadLetterCommandError) -> String {
        guard let id = values.operand, id.utf8.count == 32,
            id.utf8.allSatisfy({ Hexadecimal.value(ofLowercase: $0) != nil })
        else {
            throw .noID
        }
        return id
    }

    private func withStore<Value>(_ body: (DeadLetterStore) async throws -> Value) async throws -> Value {
        try await SidecarSession.with(values) { session in
            let store = DeadLetterStore(
                dapr: session.dapr,
                store: session.store,
                now: { Timestamp(clamping: WallClock.milliseconds) },
                watch: nil,
                logger: Logger(level: .warning, sink: StandardErrorSink()),
                metrics: MetricsRegistry()
            )
            return try await body(store)
        }
    }
}

/// Why a command line does not say what to do.
enum DeadLetterCommandError: Error, CustomStringConvertible {
    case noID
    case oneOrAll

    var description: String {
        switch self {
        case .noID:
            "the id of a dead letter is 32 hexadecimal digits; task-server deadletter list shows those there are"
        case .oneOrAll: "give the id of one dead letter, or --all"
        }
    }
}
