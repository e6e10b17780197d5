import DaprText

/// One of the six fields of a cron expression: the set of numbers it accepts.
struct CronField: Equatable, Sendable {
    /// The range and the names that a field may use.
    struct Kind: Sendable {
        let range: ClosedRange<Int>
        /// Names for numbers; the first is the name of the lowest number.
        var names: [String] = []

        static let second = Kind(range: 0...59)
        static let minute = Kind(range: 0...59)
        static let hour = Kind(range: 0...23)
        static let day = Kind(range: 1...31)
        static let month = Kind(
            range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        )
        static let weekday = Kind(range: 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    }

    private var bits: UInt64 = 0
    /// Whether the field is `*` or `?` and so does not restrict its number.
    private(set) var isStar = false

    func contains(_ number: Int) -> Bool { 0..<64 ~= number && bits & (1 << UInt64(number)) != 0 }

    /// A field that accepts one number.
    static func only(_ number: Int) -> CronField {
        var field = CronField()
        field.insert(number...number, step: 1)
        return field
    }

    /// A field that accepts every number of its kind.
    static func all(_ kind: Kind) -> CronField {
        var field = CronField()
        field.insert(kind.range, step: 1)
        field.isStar = true
        return field
    }

    private init() {}

    /// Parses a list of ranges: `*`, `?`, `5`, `1-5`, `*/10`, `10-40/5`, `5/10` (from 5 on), or names where the kind
    /// has them.
    init(_ text: Substring, _ kind: Kind) throws(JobFault) {
        for part in text.splitBytes(separator: ",") {
            let (range, step, isStar) = try Self.part(part, kind)
            insert(range, step: step)
            if isStar { self.isStar = true }
        }
        if bits == 0 { throw JobFault("\(text) names no number") }
    }

    private static func part(
        _ part: Substring,
        _ kind: Kind
    ) throws(JobFault) -> (range: ClosedRange<Int>, step: Int, isStar: Bool) {
        let halves = part.splitBytes(separator: "/", omittingEmptySubsequences: false)
        let ends = halves[0].splitBytes(separator: "-", omittingEmptySubsequences: false)
        if halves.count > 2 { throw JobFault("too many slashes: \(part)") }
        if ends.count > 2 { throw JobFault("too many hyphens: \(part)") }
        var isStar = ends[0] == "*" || ends[0] == "?"
        var low = kind.range.lowerBound
        var high = kind.range.upperBound
        if !isStar {
            low = try number(ends[0], kind)
            high = ends.count == 2 ? try number(ends[1], kind) : low
        }
        var step = 1
        if halves.count == 2 {
            step = try number(halves[1], nil)
            // "5/10" means from 5 to the end.
            if ends.count == 1 { high = kind.range.upperBound }
            if step > 1 { isStar = false }
        }
        if low < kind.range.lowerBound {
            throw JobFault("beginning of range (\(low)) below minimum (\(kind.range.lowerBound)): \(part)")
        }
        if high > kind.range.upperBound {
            throw JobFault("end of range (\(high)) above maximum (\(kind.range.upperBound)): \(part)")
        }
        if low > high { throw JobFault("beginning of range (\(low)) beyond end of range (\(high)): \(part)") }
        if step == 0 { throw JobFault("step of range should be a positive number: \(part)") }
        return (low...high, step, isStar)
    }

    private static func number(_ text: Substring, _ kind: Kind?) throws(JobFault) -> Int {
        if let kind, let index = kind.names.firstIndex(of: text.lowercased()) { return kind.range.lowerBound + index }
        guard let number = Int(text) else { throw JobFault("failed to parse int from \(text)") }
        if number < 0 { throw JobFault("negative number (\(number)) not allowed: \(text)") }
        return number
    }

    private mutating func insert(_ range: ClosedRange<Int>, step: Int) {
        for number in stride(from: range.lowerBound, through: range.upperBound, by: step) {
            bits |= 1 << UInt64(number)
        }
    }
}
