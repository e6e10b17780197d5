import DaprJSON
import DaprSidecar
import Testing

/// Rows of a real daprd's recording for state in memory.
@Suite struct StateRowsTests {
    private let files = ["store.yaml": component("store", "state.in-memory")]

    struct Refusal: Sendable, CustomTestStringConvertible {
        var body: String
        var status: Int
        var code: String
        var message: String?
        var testDescription: String { body }
    }

    @Test(arguments: [
        Refusal(body: "{", status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: "", status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"key":"object","value":1}"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(
            body: #"[{"key":"","value":1}]"#,
            status: 400,
            code: "ERR_MALFORMED_REQUEST",
            message: #""key" is a required field"#
        ),
        Refusal(
            body: #"[{"value":1}]"#,
            status: 400,
            code: "ERR_MALFORMED_REQUEST",
            message: #""key" is a required field"#
        ),
        Refusal(body: #"[{"key":5}]"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"[{"key":"k","etag":5}]"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"[{"key":"k","metadata":{"ttlInSeconds":5}}]"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"[{"key":"k","value":1e400}]"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"[{"key":"a||b","value":1}]"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(
            body: #"[{"key":"k","options":{"concurrency":"nonsense"}}]"#,
            status: 500,
            code: "ERR_STATE_SAVE",
            message: "failed saving state in state store store: unrecognized concurrency model 'nonsense'"
        ),
        Refusal(body: #"[{"key":"k","options":{"consistency":"nonsense"}}]"#, status: 500, code: "ERR_STATE_SAVE"),
        Refusal(body: #"[{"key":"k","metadata":{"ttlInSeconds":"soon"}}]"#, status: 500, code: "ERR_STATE_SAVE"),
        Refusal(
            body: #"[{"key":"absent","value":1,"etag":"b24b0067-d91b-4eeb-8a1c-b7a6fd9bca75"}]"#,
            status: 409,
            code: "ERR_STATE_SAVE",
            message: "failed saving state in state store store: possible etag mismatch. error from state store: "
                + "state not exist or expired for key=contract||absent"
        ),
    ])
    func `a save is refused as daprd refuses it`(row: Refusal) async throws {
        try await withSidecar(files) { sidecar in
            let error = await #expect(throws: APIError.self) { try await sidecar.save(row.body) }
            #expect(error?.status == row.status)
            #expect(error?.errorCode == row.code)
            if let message = row.message { #expect(error?.message == message) }
        }
    }

    @Test(arguments: [
        "[]", "null", " [ ] trailing", #"[{"key":"k","value":1,"unknown":true}] bytes after it"#,
        #"[{"KEY":"k","Value":1}]"#,
    ])
    func `a save is taken as daprd takes it`(body: String) async throws {
        try await withSidecar(files) { sidecar in try await sidecar.save(body) }
    }

    @Test(arguments: [
        (
            #"{"z": 1.0, "b": 1e3, "a": 9007199254740993, "neg": -0.0, "u": "\u00e9", "html": "<&>", "slash": "a\/b", "dup": 1, "dup": 2}"#,
            #"{"a":9007199254740992,"b":1000,"dup":2,"html":"\u003c\u0026\u003e","neg":-0,"slash":"a/b","u":"é","z":1}"#
        ),
        ("null", "null"), (#""""#, #""""#), ("42", "42"), (#"[1,{"k":"v"}]"#, #"[1,{"k":"v"}]"#),
    ])
    func `a value is decoded and encoded again, in saves, transactions and bulk reads`(
        text: String,
        stored: String
    ) async throws {
        try await withSidecar(files) { sidecar in
            try await sidecar.save(#"[{"key":"odd","value":\#(text)}]"#)
            #expect(try await sidecar.value("odd") == stored)
            try await sidecar.transact(
                #"{"operations":[{"operation":"upsert","request":{"key":"odd-t","value":\#(text)}}]}"#
            )
            #expect(try await sidecar.value("odd-t") == stored)
            let bulk = try await sidecar.bulkGetState("store", body: Array(#"{"keys":["odd-t"]}"#.utf8), metadata: [:])
            #expect(String(decoding: bulk, as: UTF8.self).hasPrefix(#"[{"key":"odd-t","data":\#(stored),"etag":""#))
        }
    }

    @Test func `several items are independent, and one stale version makes the answer a conflict`() async throws {
        try await withSidecar(files) { sidecar in
            try await sidecar.save(#"[{"key":"m1","value":1},{"key":"m2","value":1}]"#)
            let error = await #expect(throws: APIError.self) {
                try await sidecar.save(
                    #"[{"key":"m1","value":9},{"key":"m2","value":9,"etag":"stale"},{"key":"m3","value":9},{"key":"m4","options":{"concurrency":"x"}}]"#
                )
            }
            #expect(error?.status == 409)
            #expect(try await sidecar.value("m1") == "9")
            #expect(try await sidecar.value("m2") == "1")
            #expect(try await sidecar.value("m3") == "9")
        }
    }

    @Test(arguments: [
        Refusal(body: "{", status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: "[]", status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(
            body: #"{"operations":[{"operation":"increment","request":{"key":"t1"}}]}"#,
            status: 400,
            code: "ERR_NOT_SUPPORTED_STATE_OPERATION",
            message: "operation type increment not supported"
        ),
        Refusal(
            body: #"{"operations":[{"operation":"upsert","request":{"key":"t","etag":5}}]}"#,
            status: 400,
            code: "ERR_MALFORMED_REQUEST"
        ),
        Refusal(
            body: #"{"operations":[{"operation":"upsert","request":{"key":"t","options":{"concurrency":"x"}}}]}"#,
            status: 500,
            code: "ERR_STATE_TRANSACTION"
        ),
        Refusal(
            body:
                #"{"operations":[{"operation":"upsert","request":{"key":"t2","value":9}},{"operation":"upsert","request":{"key":"t1","value":3,"etag":"stale"}}]}"#,
            status: 500,
            code: "ERR_STATE_TRANSACTION"
        ),
        Refusal(
            body:
                #"{"operations":[{"operation":"upsert","request":{"key":"t2","value":9}},{"operation":"upsert","request":{"key":"t1","options":{"concurrency":"first-write"}}}]}"#,
            status: 500,
            code: "ERR_STATE_TRANSACTION",
            message: "error while executing state transaction: possible etag mismatch. error from state store: "
                + "item already exists and no etag was passed"
        ),
    ])
    func `a transaction is refused as daprd refuses it and leaves nothing`(row: Refusal) async throws {
        try await withSidecar(files) { sidecar in
            try await sidecar.save(#"[{"key":"t1","value":1}]"#)
            let error = await #expect(throws: APIError.self) { try await sidecar.transact(row.body) }
            #expect(error?.status == row.status)
            #expect(error?.errorCode == row.code)
            if let message = row.message { #expect(error?.message == message) }
            #expect(try await sidecar.value("t1") == "1")
            #expect(try await sidecar.value("t2") == nil)
        }
    }

    @Test(arguments: [
        "{}", "null", #"{"operations":[]}"#, #"{"operations":[{"operation":"upsert","request":{"value":1}}]}"#,
    ])
    func `an empty transaction and one without a key are taken`(body: String) async throws {
        try await withSidecar(files) { sidecar in try await sidecar.transact(body) }
    }

    @Test func `an illegal key is named in the details, in a transaction without its field`() async throws {
        try await withSidecar(files) { sidecar in
            let message = "api error: code = InvalidArgument desc = input key/keyPrefix 'a||b' can't contain '||'"
            func wanted(_ field: String) -> JSONValue? {
                json(
                    #"{"errorCode":"ERR_MALFORMED_REQUEST","message":"\#(message)","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","field_violations":[{\#(field)"description":"\#(message)"}]},{"@type":"type.googleapis.com/google.rpc.ResourceInfo","description":"","owner":"","resource_name":"store","resource_type":"state"},{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"dapr.io","metadata":null,"reason":"DAPR_STATE_ILLEGAL_KEY"}]}"#
                )
            }
            let read = await #expect(throws: APIError.self) {
                try await sidecar.getState("store", "a||b", metadata: [:])
            }
            let named = try #require(wanted(#""field":"a||b","#))
            #expect(read?.json == named)
            let transaction = await #expect(throws: APIError.self) {
                try await sidecar.transact(#"{"operations":[{"operation":"upsert","request":{"key":"a||b"}}]}"#)
            }
            let nameless = try #require(wanted(""))
            #expect(transaction?.json == nameless)
        }
    }

    @Test func `a store that is not there is told from no store at all`() async throws {
        try await withSidecar(files) { sidecar in
            let error = await #expect(throws: APIError.self) {
                try await sidecar.getState("nostore", "k", metadata: [:])
            }
            let wanted = try #require(
                json(
                    #"{"errorCode":"ERR_STATE_STORE_NOT_FOUND","message":"state store nostore is not found","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"dapr.io","metadata":{"appID":"contract"},"reason":"DAPR_STATE_NOT_FOUND"}]}"#
                )
            )
            #expect(error?.json == wanted)
        }
        try await withSidecar([:]) { sidecar in
            let error = await #expect(throws: APIError.self) { try await sidecar.getState("store", "k", metadata: [:]) }
            #expect(error?.status == 500 && error?.errorCode == "ERR_STATE_STORE_NOT_CONFIGURED")
        }
    }

    @Test func `a time to live shows in reads, and metadata of the call overrides the item's`() async throws {
        let time = WallTime(seconds: 1_767_323_045)
        try await withSidecar(files, surroundings: Surroundings(now: { time })) { sidecar in
            try await sidecar.save(
                #"[{"key":"k","value":1,"metadata":{"ttlInSeconds":"5"}}]"#,
                metadata: ["ttlInSeconds": "2"]
            )
            #expect(
                try await sidecar.getState("store", "k", metadata: [:])?.metadata == [
                    "ttlExpireTime": "2026-01-02T03:04:07Z"
                ]
            )
            let bulk = try await sidecar.bulkGetState("store", body: Array(#"{"keys":["k"]}"#.utf8), metadata: [:])
            #expect(
                String(decoding: bulk, as: UTF8.self).hasSuffix(
                    #""metadata":{"ttlExpireTime":"2026-01-02T03:04:07Z"}}]"#
                )
            )
            try await sidecar.save(#"[{"key":"k","value":1,"metadata":{"ttlInSeconds":""}}]"#)
            #expect(try await sidecar.getState("store", "k", metadata: [:])?.metadata == [:])
        }
    }

    @Test(
        arguments: [
            (nil, "contract||k"), ("appid", "contract||k"), ("Name", "store||k"), ("none", "k"),
            ("Shared", "shared||k"), ("namespace", "prod.contract||k"),
        ] as [(String?, String)]
    )
    func `keyPrefix decides the stored key and never shows`(prefix: String?, stored: String) async throws {
        let spy = SpyStore()
        let type = StateStoreType(type: "state.spy") { _, _ in spy }
        let metadata = prefix.map { ["keyPrefix": $0] } ?? [:]
        var resources = LoadedResources()
        resources.components = [
            ComponentDefinition(
                name: "store",
                type: "state.spy",
                metadata: ComponentMetadata(
                    items: metadata.map {
                        .init(name: $0.key, source: .value($0.value), place: ResourcePlace(file: "", line: 0))
                    }
                )
            )
        ]
        var configuration = RuntimeConfiguration(appID: "contract")
        configuration.namespace = "prod"
        let sidecar = SidecarRuntime(configuration: configuration, resources: resources, stateStoreTypes: [type])
        try await sidecar.start()
        try await sidecar.save(#"[{"key":"k","value":1}]"#)
        #expect(try await spy.inner.get(stored) != nil)
        let bulk = try await sidecar.bulkGetState("store", body: Array(#"{"keys":["k"]}"#.utf8), metadata: [:])
        let rows = try JSONValue(parsing: bulk)
        #expect(rows[0]?["key"] == "k")
        _ = await sidecar.stop()
    }

    @Test func `a stored value that is no JSON is read as it is, and empties a bulk read`() async throws {
        let spy = SpyStore()
        var resources = LoadedResources()
        resources.components = [ComponentDefinition(name: "store", type: "state.spy")]
        let sidecar = SidecarRuntime(
            configuration: RuntimeConfiguration(appID: "contract"),
            resources: resources,
            stateStoreTypes: [StateStoreType(type: "state.spy") { _, _ in spy }]
        )
        try await sidecar.start()
        try await spy.inner.apply([.set(StoreSet(key: "contract||k", value: [0xFF]))])
        #expect(try await sidecar.getState("store", "k", metadata: [:])?.value == [0xFF])
        #expect(try await sidecar.bulkGetState("store", body: Array(#"{"keys":["k"]}"#.utf8), metadata: [:]) == [])
        _ = await sidecar.stop()
    }

    @Test(arguments: [
        (StoreError.etagMismatch(detail: nil), 409, 409, 500), (.etagInvalid(detail: nil), 400, 400, 500),
        (.firstWriteExists, 500, 500, 500),
        (.badTTL("x"), 500, 500, 500), (.overloaded(limit: 1), 500, 500, 500), (.closed, 500, 500, 500),
        (.unavailable("down", outcomeUnknown: true), 500, 500, 500),
    ])
    func `each error of a store has its status`(
        error: StoreError,
        save: Int,
        delete: Int,
        transaction: Int
    ) async throws {
        let spy = SpyStore(error: error)
        var resources = LoadedResources()
        resources.components = [ComponentDefinition(name: "store", type: "state.spy")]
        let sidecar = SidecarRuntime(
            configuration: RuntimeConfiguration(appID: "contract"),
            resources: resources,
            stateStoreTypes: [StateStoreType(type: "state.spy") { _, _ in spy }]
        )
        try await sidecar.start()
        let saved = await #expect(throws: APIError.self) { try await sidecar.save(#"[{"key":"k"}]"#) }
        let deleted = await #expect(throws: APIError.self) {
            try await sidecar.deleteState("store", "k", options: DeleteOptions(), metadata: [:])
        }
        let transacted = await #expect(throws: APIError.self) {
            try await sidecar.transact(#"{"operations":[{"operation":"delete","request":{"key":"k"}}]}"#)
        }
        let read = await #expect(throws: APIError.self) { try await sidecar.getState("store", "k", metadata: [:]) }
        #expect(
            [saved?.status, deleted?.status, transacted?.status, read?.status] == [save, delete, transaction, 500]
        )
        #expect(
            [saved, deleted, transacted, read].map { $0?.errorCode } == [
                "ERR_STATE_SAVE", "ERR_STATE_DELETE", "ERR_STATE_TRANSACTION", "ERR_STATE_GET",
            ]
        )
        _ = await sidecar.stop()
    }
}

/// A store in memory whose inside a test sees, or one that always fails.
private struct SpyStore: StateStore {
    let inner = InMemoryStateStore()
    var error: StoreError?
    var capabilities: [String] { inner.capabilities }

    func get(_ key: String) async throws(StoreError) -> StoredValue? {
        if let error { throw error }
        return try await inner.get(key)
    }

    func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow] {
        if let error { throw error }
        return try await inner.bulkGet(keys)
    }

    func apply(_ operations: [StoreOperation]) async throws(StoreError) {
        if let error { throw error }
        try await inner.apply(operations)
    }

    func close() async {}
}
