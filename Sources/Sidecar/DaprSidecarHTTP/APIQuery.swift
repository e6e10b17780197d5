import DaprHTTP
import DaprSidecar
import DaprText

/// The query of a call, parsed as leniently as in daprd: a pair that cannot be decoded is ignored.
struct APIQuery {
    private let items: [(name: String, value: String)]

    init(_ request: HTTPRequest) {
        var items: [(name: String, value: String)] = []
        for pair in (request.query ?? "").utf8.split(separator: UInt8(ascii: "&"))
        where !pair.contains(UInt8(ascii: ";")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0], plusIsSpace: true),
                let value = parts.count == 2 ? PercentEncoding.decoded(parts[1], plusIsSpace: true) : ""
            else { continue }
            items.append((name, value))
        }
        self.items = items
    }

    /// The first value with this name; `nil` when it is absent.
    subscript(_ name: String) -> String? { items.first { $0.name.hasSameBytes(as: name) }?.value }

    /// The values of `metadata.<name>`.
    var metadata: RequestMetadata { RequestMetadata(queryItems: items) }
}
