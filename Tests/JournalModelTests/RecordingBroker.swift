import Dapr
import JSON
import Synchronization
import TestSupport

/// A broker that keeps what it takes, and fails as the seed says: before it takes anything, after, or for some of the entries.
final class RecordingBroker: Sendable {
    private struct State {
        var numbers: FuzzNumbers
        var isCalm = false
        /// Of each owner the sequences that a subscriber would see, in order, with the event.
        var taken: [String: [(sequence: Int, event: JSONValue)]] = [:]
    }

    private let state: Mutex<State>
    private let chance: Int

    /// Fails one call in `chance`.
    init(seed: UInt64, chance: Int) {
        state = Mutex(State(numbers: FuzzNumbers(seed: seed)))
        self.chance = chance
    }

    /// Fails no more.
    func calmDown() { state.withLock { $0.isCalm = true } }

    /// What a consumer has of an owner that ignores repeats and asks again for what comes too early.
    func heard(_ owner: String) -> [JSONValue] {
        let taken = state.withLock { $0.taken[owner] ?? [] }
        var heard: [JSONValue] = []
        for (sequence, event) in taken where sequence == heard.count + 1 { heard.append(event) }
        return heard
    }

    /// Takes a bulk publish.
    func publish(_ body: [UInt8]) throws(DaprTransportError) -> DaprResponse {
        let entries = (try? JSONValue(parsing: body))?.arrayValue ?? []
        enum Fault { case none, before, after, some, twice, busy }
        let (fault, failing): (Fault, Set<Int>) = state.withLock { state in
            guard !state.isCalm, state.numbers.oneIn(chance) else { return (.none, []) }
            let fault = state.numbers.pick([Fault.before, .after, .some, .twice, .busy])
            return (fault, Set(entries.indices.filter { _ in state.numbers.oneIn(3) }))
        }
        switch fault {
        case .before: throw .connectionLost("before")
        case .busy: return DaprResponse(status: 500, body: Array(#"{"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}"#.utf8))
        case .none, .after, .some, .twice: break
        }
        take(entries, but: fault == .some ? failing : [])
        if fault == .twice { take(entries, but: []) }
        if fault == .after { throw .connectionLost("after") }
        guard fault == .some, !failing.isEmpty else { return DaprResponse(status: 204) }
        let failed = failing.sorted().map {
            JSONValue.object(["entryId": entries[$0]["entryId"] ?? .null, "error": "full"])
        }
        let answer: JSONObject = ["failedEntries": .array(failed), "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE"]
        return DaprResponse(status: 500, body: JSONValue.object(answer).serialized())
    }

    private func take(_ entries: [JSONValue], but failing: Set<Int>) {
        state.withLock { state in
            for (index, entry) in entries.enumerated() where !failing.contains(index) {
                guard let event = entry["event"], let owner = event["owner"]?.stringValue,
                    let sequence = event["sequence"]?.intValue
                else { continue }
                state.taken[owner, default: []].append((sequence, event))
            }
        }
    }
}
