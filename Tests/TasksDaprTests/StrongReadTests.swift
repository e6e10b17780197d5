import Dapr
import DaprText
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// On stores with several copies of their data a bulk read may ask an old one, and a single read must not.
struct StrongReadTests {
    /// Passes calls on, and keeps the paths of single reads.
    private final class Spy: DaprTransport {
        let sidecar = FakeSidecar()
        private let paths = Mutex<[String]>([])

        /// The paths of the single reads since this was last asked.
        func takePaths() -> [String] {
            paths.withLock { paths in
                defer { paths = [] }
                return paths
            }
        }

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            if request.method == "GET" { paths.withLock { $0.append(request.path) } }
            return try await sidecar.send(request)
        }
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "?")[0].split(separator: "/").last.map { String($0).replacing("%3A", with: ":") } ?? ""
    }

    @Test func `whatever decides by what is missing asks for the newest copy`() async throws {
        let spy = Spy()
        var configuration = JournalConfiguration.quick
        configuration.leaseTime = .milliseconds(200)
        // As on such a store: each read by itself.
        configuration.suit(storeType: "state.aws.dynamodb", version: "v1")
        // And a bulk read that asks a copy which has nothing yet.
        spy.sidecar.setFault { $0.kind == .bulkGet ? .omit(Set($0.keys)) : .none }
        let engine = try Engine(spy, configuration: configuration)
        try await engine.withRelay {
            for index in 0..<70 { try await engine.create("\(index)", key: "k\(index)") }
            // It is stored after the commit is answered.
            try await eventually { spy.sidecar.rows["head:u1"] != nil }
            let cold = try Engine(spy, configuration: configuration)
            #expect(try await cold.list().count == 70)
            #expect(try await cold.create("0", key: "k0").replayed)
            #expect(try await cold.create("next").sequence == 71)
            #expect(try await engine.list().count == 71)
            guard case .sound = try await PopulatedBook.audit(spy.sidecar) else {
                Issue.record("not sound")
                return
            }
        }
        let paths = spy.takePaths()
        let weak = paths.filter { !$0.contains("consistency=strong") }
        #expect(weak.isEmpty, "\(weak.prefix(3))")
        // The journal's end, the snapshot, its pages and the leases were among them.
        for prefix in ["log:u1:", "head:u1", "page:u1:", "relay"] {
            #expect(paths.contains { Self.name($0).hasBytePrefix(prefix) }, "\(prefix)")
        }
    }
}
