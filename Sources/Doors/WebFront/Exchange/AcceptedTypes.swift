import DaprText

/// The media types that a client accepts, and how much it wants each: the header `Accept` (RFC 9110 section 12.5.1).
package struct AcceptedTypes: Sendable {
    private struct Range {
        /// In lower case: `application/json`, `application/*` or `*/*`.
        let text: String
        /// The weight in thousandths.
        let weight: Int
    }

    private var ranges: [Range] = []

    /// Reads the values of all lines; what cannot be read in them counts for nothing.
    package init(_ values: [String]) {
        for value in values {
            for element in value.splitBytes(separator: ",") {
                let parts = element.splitBytes(separator: ";", omittingEmptySubsequences: false)
                let text = (parts.first ?? "").trimmingBlanks().lowercased()
                guard let weight = AcceptedTypes.weight(of: parts.dropFirst()) else { continue }
                ranges.append(Range(text: text, weight: weight))
            }
        }
    }

    /// Whether the client wants one type more than another; `false` when it wants them equally, as without the header.
    package func prefer(_ type: MediaType, over other: MediaType) -> Bool { weight(of: type) > weight(of: other) }

    /// The weight of the range that fits a type most exactly, in thousandths; 0 when none does.
    private func weight(of type: MediaType) -> Int {
        let family = String(type.essence.prefix(beforeByte: "/")) + "/*"
        for text in [type.essence, family, "*/*"] {
            let fitting = ranges.filter { $0.text.hasSameBytes(as: text) }
            if let most = fitting.map(\.weight).max() { return most }
        }
        return 0
    }

    /// The weight in the parameters of a range, 1,000 when there is none; `nil` when it is not from 0 to 1 with at most
    /// three digits.
    private static func weight(of parameters: ArraySlice<Substring>) -> Int? {
        for parameter in parameters {
            let pair = parameter.splitBytes(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, ["q", "Q"].contains(where: { $0.hasSameBytes(as: pair[0].trimmingBlanks()) }) else {
                continue
            }
            let digits = Array(pair[1].trimmingBlanks().utf8)
            guard let first = digits.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"),
                digits.count == 1 || digits[1] == UInt8(ascii: "."), digits.count <= 5
            else { return nil }
            var weight = Int(first - UInt8(ascii: "0")) * 1000
            for (place, digit) in digits.dropFirst(2).enumerated() {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                weight += Int(digit - UInt8(ascii: "0")) * [100, 10, 1][place]
            }
            return weight <= 1000 ? weight : nil
        }
        return 1000
    }
}
