/// A value as the API answers a read.
package struct StateAnswer: Equatable, Sendable {
    /// The stored bytes, answered as `application/json`.
    package var value: [UInt8]
    /// The `ETag` header: raw, without quotes.
    package var etag: String
    /// Further headers, named `metadata.<name>`.
    package var metadata: [String: String]
}

/// A caller's options for the concurrency of a removal.
package struct DeleteOptions: Equatable, Sendable {
    /// The `If-Match` header; empty counts as absent.
    package var ifMatch: String?
    /// The query's `concurrency`.
    package var concurrency: String?
    /// The query's `consistency`.
    package var consistency: String?

    package init(ifMatch: String? = nil, concurrency: String? = nil, consistency: String? = nil) {
        self.ifMatch = ifMatch
        self.concurrency = concurrency
        self.consistency = consistency
    }
}
