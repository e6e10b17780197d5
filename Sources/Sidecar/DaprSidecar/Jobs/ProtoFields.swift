internal import DaprJSON
import DaprText

/// The members of a JSON object as protobuf's JSON reads them.
///
/// A name may be written `dueTime` or `due_time`; `null` counts as absent.
/// https://protobuf.dev/programming-guides/json/
struct ProtoFields {
    let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    func string(_ name: String) throws(RequestFault) -> String? {
        guard let member = member(name) else { return nil }
        guard let text = member.stringValue else { throw Self.fault(name, "a string") }
        return text
    }

    func bool(_ name: String) throws(RequestFault) -> Bool? {
        guard let member = member(name) else { return nil }
        guard let flag = member.boolValue else { throw Self.fault(name, "true or false") }
        return flag
    }

    /// A `uint32`, which may be in quotes.
    func unsigned(_ name: String) throws(RequestFault) -> Int? {
        guard let member = member(name) else { return nil }
        guard let number = member.intValue ?? member.stringValue.flatMap({ Int($0) }), 0...Int(UInt32.max) ~= number
        else { throw Self.fault(name, "a whole number from 0 to \(UInt32.max)") }
        return number
    }

    func message(_ name: String) throws(RequestFault) -> ProtoFields? {
        guard let member = member(name) else { return nil }
        guard let object = member.objectValue else { throw Self.fault(name, "an object") }
        return ProtoFields(object)
    }

    private func member(_ name: String) -> JSONValue? {
        let underscored = name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
        let found = object[name] ?? object[underscored]
        return found?.isNull == true ? nil : found
    }

    private static func fault(_ name: String, _ wanted: String) -> RequestFault {
        RequestFault(message: "invalid value for field \"\(name)\": it must be \(wanted)")
    }
}

/// `google.protobuf.Duration` in JSON: seconds with up to nine decimal places, such as `3s` and `1.500s`.
enum ProtoDuration {
    /// The limit of protobuf in seconds: about 10,000 years.
    private static let limit = 315_576_000_000

    static func parse(_ text: String) -> Duration? {
        guard text.utf8.last == UInt8(ascii: "s") else { return nil }
        let isNegative = text.hasBytePrefix("-")
        let parts = text.droppingBytes(isNegative ? 1 : 0, last: 1).splitBytes(
            separator: ".",
            omittingEmptySubsequences: false
        )
        guard parts.count <= 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }), let whole = parts.first,
            let seconds = Int64(whole), seconds <= limit
        else { return nil }
        var nanoseconds: Int64 = 0
        if parts.count == 2 {
            guard let digits = Int64(parts[1]), parts[1].count <= 9 else { return nil }
            nanoseconds = (parts[1].count..<9).reduce(digits) { number, _ in number * 10 }
        }
        let duration = Duration.seconds(seconds) + .nanoseconds(nanoseconds)
        return isNegative ? .zero - duration : duration
    }

    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = attoseconds.magnitude / 1_000_000_000
        let sign = duration < .zero ? "-" : ""
        if nanoseconds == 0 { return "\(sign)\(seconds.magnitude)s" }
        let digits = String(nanoseconds)
        var fraction = String(repeating: "0", count: 9 - digits.count) + digits
        while fraction.count > 3, fraction.hasByteSuffix("000") { fraction.removeLast(3) }
        return "\(sign)\(seconds.magnitude).\(fraction)s"
    }
}
