/// Writes Prometheus' text format.
struct ExpositionText {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ head: MetricHead) {
        append("# HELP \(head.name) ")
        appendEscaped(head.help, quotes: false)
        append("\n# TYPE \(head.name) \(head.type)\n")
    }

    /// Adds a sample: `name{label="value"} 1`.
    mutating func add(_ name: String, labels: [String], values: [String], extra: (String, String)? = nil, value: String)
    {
        append(name)
        var pairs = Array(zip(labels, values))
        if let extra { pairs.append(extra) }
        for (index, (label, value)) in pairs.enumerated() {
            append(index == 0 ? "{" : ",")
            append("\(label)=\"")
            appendEscaped(value, quotes: true)
            append("\"")
        }
        append(pairs.isEmpty ? " " : "} ")
        append(value)
        append("\n")
    }

    /// A number as Prometheus reads it.
    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append(#"\\"#)
            case UInt8(ascii: "\n"): append(#"\n"#)
            case UInt8(ascii: "\"") where quotes: append(#"\""#)
            default: bytes.append(byte)
            }
        }
    }
}
