package import DaprText

/// The metadata of a request, `?metadata.<name>=<value>`.
package struct RequestMetadata: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    /// The values by name, in the caller's spelling.
    package private(set) var values: [ExactText: String] = [:]

    /// Reads the metadata from a decoded query string; of two equal names the first one counts.
    package init(queryItems: [(name: String, value: String)] = []) {
        for item in queryItems where item.name.hasBytePrefix("metadata.") {
            let name = String(item.name.droppingBytes("metadata.".utf8.count))
            if !name.isEmpty && values[name] == nil { values[name] = item.value }
        }
    }

    /// Creates metadata from values by name.
    package init(values: [ExactText: String]) { self.values = values }

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { values[name] = value }
    }

    /// The value with this name in any case; the exact spelling is preferred.
    package subscript(_ name: String) -> String? {
        if let exact = values[name] { return exact }
        let wanted = name.lowercased()
        return values.sorted { $0.key < $1.key }.first { $0.key.text.lowercased() == wanted }?.value
    }
}

/// The W3C trace headers of a call.
package struct CallTrace: Equatable, Sendable {
    /// The `traceparent` header; `nil` when the caller sent none.
    package var traceparent: String?
    /// The `tracestate` header; `nil` when the caller sent none.
    package var tracestate: String?

    package init(traceparent: String? = nil, tracestate: String? = nil) {
        self.traceparent = traceparent
        self.tracestate = tracestate
    }

    /// The `traceparent` that means "no trace": every answer and delivery without one carries it.
    package static let absent = "00-00000000000000000000000000000000-0000000000000000-00"
}
