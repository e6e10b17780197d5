import Dapr
import Synchronization

/// Counts what goes through it.
final class CountingTransport: DaprTransport {
    struct Counts: Sendable {
        var calls = 0
        /// Transactions with a commit record, and their operations.
        var commits = 0
        var operations = 0
        var publishes = 0
        var events = 0
    }

    private let state = Mutex(Counts())
    private let transport: any DaprTransport

    init(_ transport: any DaprTransport) {
        self.transport = transport
    }

    var counts: Counts { state.withLock { $0 } }

    func reset() { state.withLock { $0 = Counts() } }

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        count(request)
        return try await transport.send(request)
    }

    private func count(_ request: DaprRequest) {
        let isTransaction = request.path.hasSuffix("/transaction")
        let isPublish = request.path.hasPrefix("/v1.0/publish/bulk/")
        var found = 0
        if isTransaction || isPublish, let body = request.body {
            found = CountingTransport.occurrences(of: isPublish ? "\"entryId\"" : "\"operation\"", in: body)
        }
        let isCommit =
            isTransaction && request.body.map { CountingTransport.occurrences(of: "\"log:", in: $0) > 0 } ?? false
        state.withLock { state in
            state.calls += 1
            if isCommit {
                state.commits += 1
                state.operations += found
            }
            if isPublish {
                state.publishes += 1
                state.events += found
            }
        }
    }

    /// By Horspool's search, so that counting is little beside what is measured.
    private static func occurrences(of word: String, in bytes: [UInt8]) -> Int {
        let word = Array(word.utf8)
        var steps = [Int](repeating: word.count, count: 256)
        for (place, byte) in word.dropLast().enumerated() { steps[Int(byte)] = word.count - 1 - place }
        var count = 0
        var end = word.count
        while end <= bytes.count {
            let last = bytes[end - 1]
            if last == word[word.count - 1], bytes[end - word.count..<end] == word[...] { count += 1 }
            end += steps[Int(last)]
        }
        return count
    }
}
