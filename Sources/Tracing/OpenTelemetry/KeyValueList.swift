import DaprText

/// A list of the environment: `name=value,name=value`, with names and values percent-encoded where they must be.
///
/// It has the form of W3C Baggage without properties:
/// https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
package struct KeyValueList: Sendable {
    package let pairs: [(name: String, value: String)]

    /// Reads a list; `nil` when an element has no `=`, no name, or escapes that are no UTF-8.
    package init?(_ text: String) {
        var pairs: [(name: String, value: String)] = []
        for element in text.splitBytes(separator: ",") {
            if element.trimmingBlanks().isEmpty { continue }
            let parts = element.splitBytes(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2,
                let name = PercentEncoding.decoded(Array(parts[0].trimmingBlanks().utf8)), !name.isEmpty,
                let value = PercentEncoding.decoded(Array(parts[1].trimmingBlanks().utf8))
            else { return nil }
            pairs.append((name, value))
        }
        self.pairs = pairs
    }
}
