import Dapr
import DaprJSON
import TestSupport
import Testing

struct StateTests {
    @Test func `a value comes back with its bytes, ETag and time of expiry`() async throws {
        let body = #"{"a":9007199254740992,"html":"\u003c\u0026\u003e","neg":-0}"#
        let stub = StubTransport(
            .json(200, body, headers: [("etag", "e-1"), ("metadata.ttlexpiretime", "2026-08-14T10:00:00Z")])
        )
        let entry = try await DaprClient(transport: stub).getState("object", in: "store")
        #expect(entry?.value == Array(body.utf8))
        #expect(entry?.etag == "e-1")
        #expect(entry?.expires == DaprTimestamp(parsing: "2026-08-14T10:00:00Z"))
        let request = try #require(stub.requests.first)
        #expect(request.method == "GET")
        #expect(request.path == "/v1.0/state/store/object")
        #expect(request.headers.isEmpty)
        #expect(request.body == nil)
        #expect(request.mayRepeat)
    }

    @Test func `bytes that are not JSON are handed through`() async throws {
        let stub = StubTransport(.response(DaprResponse(status: 200, body: [0xFF, 0x00])))
        let entry = try #require(try await DaprClient(transport: stub).getState("foreign", in: "store"))
        #expect(entry.value == [0xFF, 0x00])
        #expect(entry.etag == nil)
        #expect(throws: JSONError.self) { try entry.jsonValue() }
    }

    @Test func `a missing key reads as nil`() async throws {
        let stub = StubTransport(.status(204))
        #expect(try await DaprClient(transport: stub).getState("missing", in: "store") == nil)
    }

    @Test func `a read names its consistency and metadata`() async throws {
        let stub = StubTransport(.status(204))
        _ = try await DaprClient(transport: stub)
            .getState("with/slash", in: "store", consistency: .strong, metadata: ["partitionKey": "p q"])
        let path = stub.requests.first?.path
        #expect(path == "/v1.0/state/store/with%2Fslash?consistency=strong&metadata.partitionKey=p%20q")
    }

    @Test func `a save writes the bytes of its values as they are`() async throws {
        let stub = StubTransport(.status(204))
        let items = [
            StateItem("t1", json: Array(#"{"b":1, "a":1.0}"#.utf8)),
            StateItem(
                "t\"2",
                json: Array("null".utf8),
                etag: "7",
                concurrency: .firstWrite,
                consistency: .strong,
                ttl: .milliseconds(1500),
                metadata: ["z": "1", "a": "2"]
            ),
            StateItem("t3", value: ["n": 3]),
            try StateItem("t4", encoding: [1, 2], ttl: .seconds(60)),
        ]
        try await DaprClient(transport: stub).saveState(items, in: "store")
        let request = try #require(stub.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/v1.0/state/store")
        #expect(request.header("content-type") == "application/json")
        #expect(!request.mayRepeat)
        let expected =
            #"[{"key":"t1","value":{"b":1, "a":1.0}},"#
            + #"{"key":"t\"2","value":null,"etag":"7","metadata":{"a":"2","ttlInSeconds":"2","z":"1"},"#
            + #""options":{"concurrency":"first-write","consistency":"strong"}},"#
            + #"{"key":"t3","value":{"n":3}},{"key":"t4","value":[1,2],"metadata":{"ttlInSeconds":"60"}}]"#
        #expect(request.bodyText == expected)
    }

    @Test func `a delete sends its ETag as received, without quotes`() async throws {
        let stub = StubTransport(.status(204), .status(204))
        let dapr = DaprClient(transport: stub)
        try await dapr.deleteState("..", in: "store", etag: "uuid-1", concurrency: .firstWrite, metadata: ["p": "1"])
        try await dapr.deleteState("d", in: "store")
        #expect(stub.requests.map(\.method) == ["DELETE", "DELETE"])
        #expect(stub.requests[0].path == "/v1.0/state/store/%2E%2E?concurrency=first-write&metadata.p=1")
        #expect(stub.requests[0].header("If-Match") == "uuid-1")
        #expect(stub.requests[1].path == "/v1.0/state/store/d")
        #expect(stub.requests[1].header("If-Match") == nil)
    }

    @Test func `a transaction is written as recorded`() async throws {
        let stub = StubTransport(.status(204))
        let operations: [StateOperation] = [
            .upsert(StateItem("t1", value: ["n": 1], etag: "e")),
            .upsert(StateItem("t2", value: "two", concurrency: .firstWrite, ttl: .seconds(2))),
            .delete("b0"),
            .delete("b1", etag: "e2"),
            .delete(StateDeletion("b2", concurrency: .lastWrite, metadata: ["p": "1"])),
        ]
        try await DaprClient(transport: stub).transactState(operations, in: "store", metadata: ["partitionKey": "p"])
        let request = try #require(stub.requests.first)
        #expect(request.path == "/v1.0/state/store/transaction")
        let expected =
            #"{"operations":[{"operation":"upsert","request":{"key":"t1","value":{"n":1},"etag":"e"}},"#
            + #"{"operation":"upsert","request":{"key":"t2","value":"two","metadata":{"ttlInSeconds":"2"},"#
            + #""options":{"concurrency":"first-write"}}},"#
            + #"{"operation":"delete","request":{"key":"b0"}},"#
            + #"{"operation":"delete","request":{"key":"b1","etag":"e2"}},"#
            + #"{"operation":"delete","request":{"key":"b2","metadata":{"p":"1"},"options":{"concurrency":"last-write"}}}],"#
            + #""metadata":{"partitionKey":"p"}}"#
        #expect(request.bodyText == expected)
    }

    @Test func `empty lists send nothing`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        try await dapr.saveState([], in: "store")
        try await dapr.transactState([], in: "store")
        #expect(try await dapr.getBulkState([], in: "store").isEmpty)
        #expect(try await dapr.publishEvents([], to: "t", in: "bus").isComplete)
        #expect(stub.requests.isEmpty)
    }

    @Test func `a bulk read asks each key once and answers every key`() async throws {
        let stub = StubTransport(
            .json(
                200,
                #" [ {"key":""}, {"key":"nope"}, {"key":"b0","data":{"i": 0,"s":"a\"]}"},"etag":"e0"},"#
                    + #"{"etag":"e1","data":"soon gone","key":"b\u00e91","metadata":{"ttlExpireTime":"2026-08-14T10:00:00Z"}},"#
                    + #"{"key":"null","data":null},{"key":"big","data":9007199254740993,"new":[{}]},"#
                    + #"{"key":"bad","error":"cannot read","etag":null,"metadata":1} ] "#
            )
        )
        let keys: [StateKey] = ["b0", "nope", "bé1", "b0", "null", "big", "bad", "absent"]
        let results = try await DaprClient(transport: stub).getBulkState(keys, in: "store", parallelism: 10)
        #expect(stub.requests.first?.method == "POST")
        #expect(stub.requests.first?.path == "/v1.0/state/store/bulk")
        #expect(stub.requests.first?.mayRepeat == true)
        #expect(
            stub.requests.first?.bodyText
                == #"{"keys":["b0","nope","bé1","null","big","bad","absent"],"parallelism":10}"#
        )
        #expect(results.count == 7)
        #expect(results["b0"] == .found(StateEntry(value: Array(#"{"i": 0,"s":"a\"]}"}"#.utf8), etag: "e0")))
        #expect(
            results["bé1"]
                == .found(
                    StateEntry(
                        value: Array(#""soon gone""#.utf8),
                        etag: "e1",
                        expires: DaprTimestamp(parsing: "2026-08-14T10:00:00Z")
                    )
                )
        )
        #expect(results["null"]?.entry?.value == Array("null".utf8))
        #expect(results["big"]?.entry?.value == Array("9007199254740993".utf8))
        #expect(results["nope"] == .missing)
        #expect(results["bad"] == .failed("cannot read"))
        guard case .failed = results["absent"] else {
            Issue.record("a key that the answer does not name must not read as missing")
            return
        }
    }

    @Test func `keys of the same text to Unicode and of other bytes are two keys`() async throws {
        let (one, two) = (StateKey("caf\u{e9}"), StateKey("cafe\u{301}"))
        #expect(one != two)
        let stub = StubTransport(
            .json(200, "[{\"key\":\"caf\u{e9}\",\"data\":1},{\"key\":\"cafe\u{301}\",\"data\":2}]")
        )
        let results = try await DaprClient(transport: stub).getBulkState([one, two], in: "store")
        #expect(stub.requests.first?.bodyText == "{\"keys\":[\"caf\u{e9}\",\"cafe\u{301}\"]}")
        #expect(results[one]?.entry?.value == Array("1".utf8))
        #expect(results[two]?.entry?.value == Array("2".utf8))
    }

    @Test(arguments: [
        "", "{}", "[", "[{}", "[{]", "[{\"key\"}]", "[{\"key\":}]", "[{\"key\":\"a\"}]x", "[{\"key\":\"a\",}]", "[1]",
        "[{\"key\":\"a\",\"data\":\"x}]", "[{\"key\":\"a\",\"data\":{]}]", "[{\"metadata\"]}]", "[{1:2}]",
        "[{\"\\x\":2}]", "null",
        "[{\"key\":\"a\"},]",
    ])
    func `a bulk answer that is not an array of rows is unreadable`(body: String) async throws {
        let stub = StubTransport(.json(200, body))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).getBulkState(["a"], in: "store")
        }
        #expect(error.kind == .unreadableAnswer)
        #expect(!error.outcomeUnknown)
    }

    @Test(arguments: ["", "a||b", "||"])
    func `a key that the sidecar would refuse or misplace is not sent`(key: StateKey) async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.getState(key, in: "store") },
            { _ = try await dapr.getBulkState(["fine", key], in: "store") },
            { try await dapr.saveState([StateItem(key, value: 1)], in: "store") },
            { try await dapr.deleteState(key, in: "store") },
            { try await dapr.transactState([.upsert(StateItem(key, value: 1))], in: "store") },
            { try await dapr.transactState([.delete(key)], in: "store") },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
            #expect(!error.outcomeUnknown)
        }
        #expect(stub.requests.isEmpty)
    }

    @Test func `other arguments that the sidecar would misunderstand are not sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.getState("k", in: "") },
            { try await dapr.saveState([StateItem("k", value: 1, etag: "")], in: "s") },
            { try await dapr.saveState([StateItem("k", json: [])], in: "s") },
            { try await dapr.saveState([StateItem("k", value: 1, ttl: .zero)], in: "s") },
            { try await dapr.saveState([StateItem("k", value: 1, ttl: .seconds(-1))], in: "s") },
            { try await dapr.deleteState("k", in: "s", etag: "") },
            { try await dapr.deleteState("k", in: "s", etag: "a\r\nx: y") },
            { try await dapr.transactState([.delete("k", etag: "")], in: "s") },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }
}
